import { hash } from 'node:crypto';
import pg from 'pg';
import { answerBench } from '../harness/child.mjs';
import { pagesOf } from '../load/mail-events.mjs';

/** The rows of mail.events alone: one INSERT and one transaction a page, nothing looked up and nothing counted. */
const INSERT = `
  insert into mail.events (event_key, delivery_id, type, severity, is_machine, error_code, at)
  select * from unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::int[], $7::timestamptz[])`;

let client;

async function open({ databaseUrl }) {
  client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
}

async function insertPage(events) {
  await client.query('begin');
  await client.query({
    name: 'insert',
    text: INSERT,
    values: [
      events.map(({ id }) => hash('sha256', id, 'buffer').subarray(0, 16)),
      events.map(({ deliveryId }) => deliveryId),
      events.map(({ type }) => type),
      events.map(({ severity }) => severity),
      events.map(({ isMachine }) => isMachine),
      events.map(({ error }) => error?.code ?? null),
      events.map(({ at }) => at),
    ],
  });
  await client.query('commit');
}

async function apply({ ids, count }) {
  const pages = pagesOf(ids, count);
  const startedAt = performance.now();
  for (const page of pages) await insertPage(page);
  return (performance.now() - startedAt) / 1_000;
}

answerBench({ open, apply, close: () => client.end() });
