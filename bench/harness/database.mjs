import pg from 'pg';

export const databaseNamed = (url, name) => {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.href;
};

export async function connectTo(connectionString) {
  const client = new pg.Client({ connectionString, application_name: 'bench' });
  client.on('error', () => {});
  await client.connect();
  return client;
}
