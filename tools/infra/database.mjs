const NO_SUCH_DATABASE = '3D000';
const EXISTS_ALREADY = new Set(['42P04', '23505']);

const withName = (url, name) => {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.href;
};

async function query(connectionString, sql) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * The owner's connection to the product's own database, created when it is not there. A DATABASE_URL that names a database (other
 * than `postgres`, which is everyone's) means that one; else it is called `groundswell`.
 */
export async function ensureDatabase(serverUrl) {
  const named = decodeURIComponent(new URL(serverUrl).pathname.slice(1));
  const name = named && named !== 'postgres' ? named : 'groundswell';
  const url = withName(serverUrl, name);
  try {
    await query(url, 'SELECT 1');
  } catch (error) {
    if (error.code !== NO_SUCH_DATABASE) throw error;
    await query(withName(serverUrl, 'postgres'), `CREATE DATABASE "${name.replaceAll('"', '""')}"`).catch(
      (creation) => {
        if (!EXISTS_ALREADY.has(creation.code)) throw creation;
      },
    );
  }
  return url;
}
