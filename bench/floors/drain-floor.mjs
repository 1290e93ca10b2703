import amqp from 'amqplib';
import { answerBench } from '../harness/child.mjs';
import { connect, crmBody, storeAll } from './drain-work.mjs';

/**
 * The drain path without a framework: consume, one multi-row INSERT per table in one transaction, publish one message per action
 * with confirms, ack. No outbox, no ranks, no schema check, no topology. `lanes` of it run beside each other (1 = strictly one
 * thing after another).
 */
const BATCH = 500;
const PREFETCH = 1_000;

/** Messages of one queue, taken in batches of what has arrived. */
async function openIntake(connection, queue) {
  const channel = await connection.createChannel();
  await channel.prefetch(PREFETCH);
  const arrived = [];
  let wake = () => {};
  await channel.consume(queue, (message) => {
    arrived.push(message);
    wake();
  });
  return {
    take: async () => {
      if (arrived.length === 0) await new Promise((resolve) => (wake = resolve));
      return arrived.splice(0, BATCH);
    },
    /** This one and all before it. */
    ackUpTo: (message) => channel.ack(message, true),
  };
}

async function runLane({ intake, publishing, client, parts, exchange, routingKey }) {
  for (;;) {
    const messages = await intake.take();
    const submissions = messages.map(({ content }) => JSON.parse(content.toString()));
    const actionIds = await storeAll(client, submissions);
    submissions.forEach((submission, index) => {
      const messageId = `action:${actionIds[index]}:deliver:${submission.orgId}`;
      const body = crmBody(parts, submission, actionIds[index]);
      publishing.publish(exchange, routingKey, body, { persistent: true, mandatory: true, messageId });
    });
    await publishing.waitForConfirms();
    intake.ackUpTo(messages.at(-1));
  }
}

async function start({ amqpUrl, databaseUrl, queue, lanes, ...target }) {
  const consuming = await amqp.connect(amqpUrl, { noDelay: true });
  const publishing = await amqp.connect(amqpUrl, { noDelay: true });
  for (let lane = 0; lane < lanes; lane += 1) {
    const parts = {
      client: await connect(databaseUrl),
      publishing: await publishing.createConfirmChannel(),
      intake: await openIntake(consuming, queue),
    };
    runLane({ ...parts, ...target }).catch((error) => {
      process.stderr.write(`drain floor: ${error.stack}\n`);
      process.exit(1);
    });
  }
}

answerBench({ start });
