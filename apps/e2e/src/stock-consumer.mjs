/**
 * The published @proca/queue with @proca/crypto, as a CRM runs them: reads a queue and prints each message as a line of
 * JSON. A process of its own, since the package installs exit handlers and keeps its connection in a global.
 * Usage: node stock-consumer.mjs <amqp url> <queue> <key file>
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { syncQueue } = require('@proca/queue');
const { loadKeyStoreFromFile } = require('@proca/crypto');

const [, , url, queue, keyFile] = process.argv;
const print = process.stdout.write.bind(process.stdout);
// The package reports on stdout; that channel is for messages alone here.
console.log = console.error;
await syncQueue(
  url,
  queue,
  async (message) => {
    print(`${JSON.stringify(message)}\n`);
    return true;
  },
  { keyStore: loadKeyStoreFromFile(keyFile), concurrency: 5, tag: 'e2e' },
);
