const CONNECT_TIMEOUT_MS = 10_000;

/** With libpq's meaning of sslmode, as the programs beside us take it. */
function libpqLike(url) {
  const copy = new URL(url);
  if (copy.searchParams.has('sslmode')) copy.searchParams.set('uselibpqcompat', 'true');
  return copy.href;
}

/** Runs `work(query)` on a connection of its own; `query(sql, parameters)` returns rows. */
export async function withDatabase(url, work) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: libpqLike(url),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'backup',
  });
  await client.connect();
  try {
    return await work(async (sql, parameters) => (await client.query(sql, parameters)).rows);
  } finally {
    await client.end();
  }
}

/** `{version, major, encoding}` of the server and the database that a connection leads to. */
export async function describeServer(query) {
  const [row] = await query(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
            pg_encoding_to_char(encoding) as encoding from pg_database where datname = current_database()`,
  );
  return row;
}

/** Names of the migrations that ran, in their order; null where there is no such table. */
export async function migrationsOf(query) {
  const [{ exists }] = await query(`select to_regclass('public.schema_migrations') is not null as exists`);
  if (!exists) return null;
  return (await query('select name from public.schema_migrations order by id')).map(({ name }) => name);
}

export const withDatabaseName = (url, name) => {
  const copy = new URL(url);
  copy.pathname = `/${encodeURIComponent(name)}`;
  return copy.href;
};
