import { answerBench } from '../harness/child.mjs';
import { pagesOf } from './mail-events.mjs';

let parts;

/** email-delivery's own pages and storage, without what reads events from a provider. */
async function open({ libs, worker, databaseUrl, addressKey }) {
  const { addressHasherOf, Database, DatabaseEventStorage, OutboxRepository, ThreadedEventPages } = await import(libs);
  const quiet = { info: () => {}, warn: () => {} };
  const database = new Database({ url: databaseUrl, applicationName: 'events', poolSize: 2 }, quiet);
  await database.connect(10_000);
  const key = Buffer.from(addressKey, 'hex');
  const storage = new DatabaseEventStorage(database, new OutboxRepository('mail'), addressHasherOf(key), quiet);
  parts = { database, pages: new ThreadedEventPages(worker, { addressKey: key, gapMs: 0 }, storage) };
}

/** One page after the other, as a loop has them. */
async function apply({ ids, count }) {
  const pages = pagesOf(ids, count);
  const startedAt = performance.now();
  for (const page of pages) {
    const { unprocessable } = await parts.pages.process(page);
    if (unprocessable > 0) throw new Error(`${unprocessable} events without a mail`);
  }
  return (performance.now() - startedAt) / 1_000;
}

async function close() {
  await parts.pages.stop();
  await parts.database.close();
}

answerBench({ open, apply, close });
