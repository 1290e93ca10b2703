import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo, databaseNamed } from './database.mjs';

const SAMPLE_EVERY_MS = 10;
const compact = (text) => text.replace(/\s+/g, ' ').trim();

const isCounting = async (admin) =>
  (await admin.query('show shared_preload_libraries')).rows[0].shared_preload_libraries.includes('pg_stat_statements');

async function track(admin, what) {
  await admin.query(`alter system set pg_stat_statements.track = '${what}'`);
  await admin.query('select pg_reload_conf()');
  await sleep(200);
}

/** Counting costs a little for every statement: it is off while speed is measured. */
export async function stopCounting(admin) {
  if (await isCounting(admin)) await track(admin, 'none');
}

/**
 * Watches the statements of one database. `start()` and `end()` enclose what is to be measured; `end` returns `{method, rows,
 * wal}`: rows of {query, ms, calls, walBytes}, null where it cannot be known, and what the whole server wrote and flushed.
 * Time spent flushing at commit belongs to no statement. `close()` when done.
 */
export async function watchStatements(databaseUrl) {
  const admin = await connectTo(databaseNamed(databaseUrl, 'postgres'));
  const database = new URL(databaseUrl).pathname.slice(1);
  const watch = (await isCounting(admin)) ? await countStatements(admin, database) : sampleActivity(admin, database);
  let walBefore;
  return {
    start: async () => {
      walBefore = await readWal(admin);
      await watch.start();
    },
    end: async () => {
      const rows = await watch.end();
      const wal = await readWal(admin);
      const since = (name) => wal[name] - walBefore[name];
      return { method: watch.method, rows, wal: { bytes: since('bytes'), flushes: since('flushes') } };
    },
    close: async () => {
      await stopCounting(admin);
      await admin.end();
    },
  };
}

const readWal = async (admin) =>
  (await admin.query('select wal_bytes::float8 as bytes, wal_sync::float8 as flushes from pg_stat_wal')).rows[0];

async function countStatements(admin, database) {
  await admin.query('create extension if not exists pg_stat_statements');
  await track(admin, 'top');
  return {
    method: 'pg_stat_statements',
    start: () => admin.query('select pg_stat_statements_reset()'),
    end: async () => {
      const { rows } = await admin.query(
        `select s.query, s.calls::int, (s.total_exec_time + s.total_plan_time) as ms, s.wal_bytes::float8 as "walBytes"
           from pg_stat_statements s join pg_database d on d.oid = s.dbid
          where d.datname = $1 order by ms desc`,
        [database],
      );
      return rows.map((row) => ({ ...row, query: compact(row.query) }));
    },
  };
}

/** How often each statement was seen running, times the sampling step: rough, but needs no extension. */
function sampleActivity(admin, database) {
  const seen = new Map();
  let isOver = false;
  let sampling;
  const sample = async () => {
    while (!isOver) {
      const { rows } = await admin.query(
        `select query from pg_stat_activity where datname = $1 and state = 'active' and application_name <> 'bench'`,
        [database],
      );
      for (const { query } of rows) seen.set(compact(query), (seen.get(compact(query)) ?? 0) + SAMPLE_EVERY_MS);
      await sleep(SAMPLE_EVERY_MS);
    }
  };
  return {
    method: 'pg_stat_activity, sampled',
    start: () => {
      sampling = sample();
    },
    end: async () => {
      isOver = true;
      await sampling;
      const rows = [...seen].map(([query, ms]) => ({ query, ms, calls: null, walBytes: null }));
      return rows.sort((a, b) => b.ms - a.ms);
    },
  };
}

/** What `end()` returned as a table by falling time; everything per 1 000 pieces of work. */
export function statementTable({ method, rows, wal }, pieces) {
  const per1000 = (value) => value && (value * 1000) / pieces;
  return {
    method,
    ms: per1000(rows.reduce((total, { ms }) => total + ms, 0)),
    walBytes: per1000(wal.bytes),
    flushes: per1000(wal.flushes),
    rows: rows
      .slice(0, 12)
      .map((row) => ({ ...row, ms: per1000(row.ms), calls: per1000(row.calls), walBytes: per1000(row.walBytes) })),
  };
}
