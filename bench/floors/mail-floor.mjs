import nodemailer from 'nodemailer';
import { answerBench } from '../harness/child.mjs';

/** Pooled nodemailer alone: the same mails, already rendered, over as many connections of as many mails each. */
async function send({ port, ca, connections, perConnection, count, mail, headers }) {
  const transport = nodemailer.createTransport({
    host: 'localhost',
    port,
    secure: true,
    auth: { user: 'sender', pass: 'secret' },
    tls: { ca, minVersion: 'TLSv1.2' },
    pool: true,
    maxConnections: connections,
    maxMessages: perConnection,
  });
  let next = 0;
  const sendInTurn = async () => {
    while (next < count) {
      next += 1;
      const messageId = `<action.${next}.${'0'.repeat(24)}@bench.example.org>`;
      const to = { name: 'Harald', address: `supporter.${String(next).padStart(9, '0')}@example.org` };
      await transport.sendMail({ ...mail, to, messageId, headers: { ...headers, 'X-Proca-Id': `action:${next}` } });
    }
  };
  // Some wait in its queue, as with everyone who calls sendMail for a list.
  await Promise.all(Array.from({ length: connections * 4 }, sendInTurn));
  transport.close();
}

answerBench({ send });
