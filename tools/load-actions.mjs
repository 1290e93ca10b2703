import { parseArgs } from 'node:util';
import pg from 'pg';
import { loadStoredActions } from './loading/stored-actions.mjs';

const USAGE = `node tools/load-actions.mjs --count N [--campaigns N] [--database URL]
Adds stored actions of loaded campaigns straight to a database, for measurements. Stop the fleet first.
  --count N        actions, such as 10000, 1000000 or 10000000
  --campaigns N    campaigns they are spread over, unequally (default 20)
  --database URL   the owner's connection (default: DATABASE_URL)`;

const wholeNumber = (text, name) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number, not "${text}"`);
  return value;
};

function readOptions() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: { count: text, campaigns: text, database: text, help: { type: 'boolean' } },
  });
  if (values.help) return null;
  const database = values.database ?? process.env.DATABASE_URL;
  if (!database) throw new Error('which database? --database or DATABASE_URL');
  return {
    database,
    count: wholeNumber(values.count, 'count'),
    campaigns: wholeNumber(values.campaigns ?? '20', 'campaigns'),
  };
}

async function main() {
  const options = readOptions();
  if (!options) return process.stdout.write(`${USAGE}\n`);
  const client = new pg.Client({ connectionString: options.database, application_name: 'load-actions' });
  await client.connect();
  const startedAt = performance.now();
  try {
    await loadStoredActions(client, options);
  } finally {
    await client.end();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return process.stdout.write(`${options.count} actions in ${seconds.toFixed(1)} s\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n${USAGE}\n`);
  process.exitCode = 2;
}
