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

/** Rows of {query, ms, calls, walBytes} beside the result of `work`; null where it cannot be known. */
export async function measureStatements(databaseUrl, work) {
  const admin = await connectTo(databaseNamed(databaseUrl, 'postgres'));
  const database = new URL(databaseUrl).pathname.slice(1);
  try {
    const measure = (await isCounting(admin)) ? countStatements : sampleActivity;
    return await measure(admin, database, work);
  } finally {
    await admin.end();
  }
}

async function countStatements(admin, database, work) {
  await admin.query('create extension if not exists pg_stat_statements');
  await track(admin, 'top');
  await admin.query('select pg_stat_statements_reset()');
  try {
    const result = await work();
    const { rows } = await admin.query(
      `select s.query, s.calls::int, (s.total_exec_time + s.total_plan_time) as ms, s.wal_bytes::float8 as "walBytes"
         from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = $1 and s.query !~* 'from actions.(actions|supporters)$'
        order by ms desc`,
      [database],
    );
    return { result, method: 'pg_stat_statements', rows: rows.map((row) => ({ ...row, query: compact(row.query) })) };
  } finally {
    await track(admin, 'none');
  }
}

/** How often each statement was seen running, times the sampling step: rough, but needs no extension. */
async function sampleActivity(admin, database, work) {
  const seen = new Map();
  let isOver = false;
  const sampling = (async () => {
    while (!isOver) {
      const { rows } = await admin.query(
        `select query from pg_stat_activity where datname = $1 and state = 'active' and application_name <> 'bench'`,
        [database],
      );
      for (const { query } of rows) seen.set(compact(query), (seen.get(compact(query)) ?? 0) + SAMPLE_EVERY_MS);
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  try {
    const result = await work();
    const rows = [...seen].map(([query, ms]) => ({ query, ms, calls: null, walBytes: null }));
    return { result, method: 'pg_stat_activity, sampled', rows: rows.sort((a, b) => b.ms - a.ms) };
  } finally {
    isOver = true;
    await sampling;
  }
}
