import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { connect } from 'amqplib';
import sodium from 'libsodium-wrappers';

/*
 * Reads an org's queue with that org's own broker user, decrypts with its key file and prints one line per message:
 * the whole shape of a CRM integration. What a real one adds is where `handle` writes to.
 *
 *   node dist/tools/crm-tail.js [--amqp URL] [--queue ORG.crm] [--keys FILE] [--count N]
 *
 * Without options it reads the demo org of a running `npm start`.
 */
const { values } = parseArgs({
  options: { amqp: { type: 'string' }, queue: { type: 'string' }, keys: { type: 'string' }, count: { type: 'string' } },
});
const runFile = '.local/run.json';
const demo = existsSync(runFile) ? JSON.parse(readFileSync(runFile, 'utf8')).demo?.crm : undefined;
const amqpUrl = values.amqp ?? demo?.amqpUrl;
const queue = values.queue ?? demo?.queue;
const keyFile = values.keys ?? demo?.keyFile;
if (!amqpUrl || !queue) throw new Error('say --amqp and --queue, or start the demo with npm start first');

await sodium.ready;
const keys: Record<string, { private: string }> = keyFile ? JSON.parse(readFileSync(keyFile, 'utf8')) : {};
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

interface PersonalInfo {
  payload: string;
  nonce: string;
  encryptKey: { public: string };
  signKey: { public: string };
}

/** Contact fields of an encrypted message; an empty object for a plaintext one, null when the key is not ours. */
function decrypt(info: PersonalInfo | null): object | null {
  if (!info) return {};
  const key = keys[info.encryptKey.public];
  if (!key) return null;
  const clear = sodium.crypto_box_open_easy(
    bytes(info.payload),
    bytes(info.nonce),
    bytes(info.signKey.public),
    bytes(key.private),
  );
  return JSON.parse(Buffer.from(clear).toString('utf8'));
}

/** Here a CRM would be written to: once per message id, since a message may come twice. */
function handle(
  messageId: string,
  body: { schema: string; contact?: object; personalInfo: PersonalInfo | null },
): void {
  const contact = { ...body.contact, ...decrypt(body.personalInfo) };
  process.stdout.write(`${messageId} ${JSON.stringify({ ...body, contact, personalInfo: undefined })}\n`);
}

const connection = await connect(amqpUrl);
const channel = await connection.createChannel();
await channel.checkQueue(queue);
await channel.prefetch(20);
let left = Number(values.count ?? Infinity);

async function stop(): Promise<void> {
  // Closing the channel gives back what was taken and not acked.
  await channel.close();
  await connection.close();
}
process.once('SIGINT', () => void stop());

await channel.consume(queue, (message) => {
  if (!message || left <= 0) return;
  handle(String(message.properties.messageId), JSON.parse(message.content.toString('utf8')));
  channel.ack(message);
  left -= 1;
  if (left === 0) void stop();
});
