import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { runMigrations, type ServiceRole } from '@groundswell/persistence';

/** A database of its own for one test file, cloned from a migrated template. */
export interface TestDatabase {
  name: string;
  /** Owner's connection, and one per service role with that role's grants. */
  urls: Record<'owner' | 'gateway' | 'ingest' | 'topology' | 'notify' | 'mail' | 'stats' | 'mtt' | 'forwarder', string>;
  drop(): Promise<void>;
}

const rolePassword = 'test-only';
const passwords: Record<ServiceRole, string> = {
  gs_gateway: rolePassword,
  gs_ingest: rolePassword,
  gs_topology: rolePassword,
  gs_notify: rolePassword,
  gs_mail: rolePassword,
  gs_stats: rolePassword,
  gs_mtt: rolePassword,
  gs_forwarder: rolePassword,
};
/** How long a test's own connections are waited for before they are cut. */
const leaveMs = 500;
const migrationsFolder = join(process.cwd(), 'libs/persistence/src');

const adminUrl = (): string => {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test, which starts the servers');
  return url;
};

const withDatabase = (name: string, user?: string): string => {
  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  if (user) {
    url.username = user;
    url.password = rolePassword;
  }
  return url.toString();
};

/** The template's name changes with the schema, so an old template is never used for new code. */
function templateName(): string {
  const hash = createHash('sha256');
  for (const folder of ['migrations', 'ownership']) {
    const path = join(migrationsFolder, folder);
    for (const file of readdirSync(path).sort()) hash.update(readFileSync(join(path, file)));
  }
  return `gs_template_${hash.digest('hex').slice(0, 16)}`;
}

async function onServer<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Built once per server under a lock: test files run side by side. */
async function ensureTemplate(client: Client): Promise<string> {
  const name = templateName();
  await client.query('select pg_advisory_lock(815)');
  try {
    const known = await client.query('select datistemplate from pg_database where datname = $1', [name]);
    if (known.rows[0]?.datistemplate) return name;
    if (known.rowCount) await client.query(`drop database ${name} with (force)`);
    await client.query(`create database ${name}`);
    await runMigrations(withDatabase(name), passwords);
    await client.query(`alter database ${name} is_template true`);
    return name;
  } finally {
    await client.query('select pg_advisory_unlock(815)');
  }
}

/** Connections that were just closed end by themselves: one that is cut instead may be an error that nobody listens to. */
async function untilLeft(client: Client, name: string): Promise<void> {
  const until = Date.now() + leaveMs;
  while (Date.now() < until) {
    const { rowCount } = await client.query('select 1 from pg_stat_activity where datname = $1 limit 1', [name]);
    if (!rowCount) return;
    await sleep(20);
  }
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `gs_test_${randomBytes(6).toString('hex')}`;
  await onServer(async (client) => {
    const template = await ensureTemplate(client);
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    name,
    urls: {
      owner: withDatabase(name),
      gateway: withDatabase(name, 'gs_gateway'),
      ingest: withDatabase(name, 'gs_ingest'),
      topology: withDatabase(name, 'gs_topology'),
      notify: withDatabase(name, 'gs_notify'),
      mail: withDatabase(name, 'gs_mail'),
      stats: withDatabase(name, 'gs_stats'),
      mtt: withDatabase(name, 'gs_mtt'),
      forwarder: withDatabase(name, 'gs_forwarder'),
    },
    drop: () =>
      onServer(async (client) => {
        await untilLeft(client, name);
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}
