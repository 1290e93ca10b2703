import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { waitFor } from '@groundswell/testing';
// The servers and the certificates are made by test tools of the whole repository, which have no package name.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
import { startPostgres, wipeData, type PostgresServer } from '../../../tools/infra/index.mjs';
import { makeSelfSigned } from '../../../tools/mail-servers/self-signed';
/* eslint-enable @nx/enforce-module-boundaries */
import { Database } from '../src/database';
import { databaseAddress } from '../src/database-address';
import { recordingLogger } from './use-database';

const home = resolve(process.env['TEST_DIR'] ?? '.local/test', `tls-${randomUUID()}`);
const server = makeSelfSigned('localhost');
const other = makeSelfSigned('localhost');
const client = makeSelfSigned('groundswell');

let postgres: PostgresServer;

const file = (name: string): string => join(home, name);

/** Into the server's own folder, as its user: it takes no key that others may read. */
function give(name: string, text: string): void {
  const { uid, gid } = statSync(postgres.dir);
  writeFileSync(join(postgres.dir, name), text, { mode: 0o600 });
  chownSync(join(postgres.dir, name), uid, gid);
}

const urlOf = (parameters: string, host = 'localhost'): string => {
  const url = new URL(postgres.url);
  url.hostname = host;
  url.search = parameters;
  return url.href;
};

async function asOwner<T>(work: (sql: Client) => Promise<T>): Promise<T> {
  const sql = new Client({ connectionString: postgres.url });
  await sql.connect();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** The certificate of the server, from now on. */
async function serve(certificate: { key: string; cert: string }): Promise<void> {
  give('server.key', certificate.key);
  give('server.crt', certificate.cert);
  give('root.crt', client.cert);
  await asOwner(async (sql) => {
    await sql.query('alter system set ssl = on');
    await sql.query(`alter system set ssl_ca_file = 'root.crt'`);
    await sql.query('select pg_reload_conf()');
  });
}

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  postgres = await startPostgres({ dir: home, settings: { shared_buffers: '16MB', fsync: 'off' } });
  for (const [name, text] of [
    ['ca.pem', server.cert],
    ['other.pem', other.cert],
    ['client.pem', client.cert],
    ['client.key', client.key],
  ] as const) {
    writeFileSync(file(name), text);
  }
  await serve(server);
  await waitFor(() => asOwner(async (sql) => (await sql.query('show ssl')).rows[0]?.ssl === 'on'));
});
afterAll(async () => {
  await postgres.stop({ discard: true });
  await wipeData(home);
});

interface Seen {
  ssl: boolean;
  subject: string | null;
}

const seen = `select ssl, client_dn as subject from pg_stat_ssl where pid = pg_backend_pid()`;

/** What the server says of a service's connection; else why there is none. */
async function connect(url: string): Promise<Seen | string> {
  const logger = recordingLogger();
  const database = new Database({ url, applicationName: 'tls', poolSize: 1 }, logger);
  try {
    await database.connect(0);
    await waitFor(() => database.fault === null || logger.lines.length > 0);
    if (database.fault !== null) return String(logger.lines[0]?.['reason']);
    const [row] = await database.query<Seen>(seen);
    return row as Seen;
  } finally {
    await database.close();
  }
}

it.each([
  ['sslmode=disable', false],
  ['', false],
  ['sslmode=require', true],
  ['sslmode=require&sslrootcert=CA', true],
  ['sslmode=verify-ca&sslrootcert=CA', true],
  ['sslmode=verify-full&sslrootcert=CA', true],
])('with "%s" is encrypted: %s', async (parameters, ssl) => {
  expect(await connect(urlOf(parameters.replace('CA', file('ca.pem'))))).toEqual({ ssl, subject: null });
});

it('checks a server that is named by its number by that number', async () => {
  const parameters = `sslmode=verify-full&sslrootcert=${file('ca.pem')}`;
  expect(await connect(urlOf(parameters, '127.0.0.1'))).toEqual({ ssl: true, subject: null });
});

it('shows a certificate of its own', async () => {
  const parameters = `sslmode=verify-full&sslrootcert=${file('ca.pem')}`;
  const own = `&sslcert=${file('client.pem')}&sslkey=${file('client.key')}`;
  expect(await connect(urlOf(parameters + own))).toEqual({ ssl: true, subject: '/CN=groundswell' });
});

it.each(['require', 'verify-ca', 'verify-full'])(
  'with sslmode=%s and another authority says what is wrong, and does not go on without',
  async (mode) => {
    const url = urlOf(`sslmode=${mode}&sslrootcert=${file('other.pem')}`);
    expect(await connect(url)).toMatch(/certificate/);
  },
);

it('with verify-full and no authority takes none that nobody knows', async () => {
  expect(await connect(urlOf('sslmode=verify-full'))).toMatch(/self-signed certificate/);
});

it('is for tools too', async () => {
  const sql = new Client(databaseAddress(urlOf(`sslmode=verify-full&sslrootcert=${file('ca.pem')}`)));
  await sql.connect();
  expect((await sql.query(seen)).rows).toEqual([{ ssl: true, subject: null }]);
  await sql.end();
});

describe('a server that shows another certificate one day', () => {
  it('is away, for every caller, until it shows a right one', async () => {
    const logger = recordingLogger();
    const url = urlOf(`sslmode=verify-full&sslrootcert=${file('ca.pem')}`);
    const database = new Database({ url, applicationName: 'tls', poolSize: 1 }, logger);
    expect(await database.connect(30_000)).toBe(true);
    await serve(other);
    await cutAll();
    await waitFor(() =>
      database.query('select 1').then(
        () => false,
        ({ message }: Error) => /certificate/.test(message),
      ),
    );
    await expect(database.query('select 1')).rejects.toMatchObject({ code: 'database.away' });
    await serve(server);
    await waitFor(() => database.query('select 1'));
    await database.close();
  });

  const cutAll = () =>
    asOwner((sql) =>
      sql.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tls'`),
    );
});

it('with verify-full takes no certificate that is for another name', async () => {
  const elsewhere = makeSelfSigned('db.example.org');
  writeFileSync(file('elsewhere.pem'), elsewhere.cert);
  const url = (mode: string) => urlOf(`sslmode=${mode}&sslrootcert=${file('elsewhere.pem')}`);
  await serve(elsewhere);
  // The server takes its new certificate a moment after it was told to.
  await waitFor(async () => typeof (await connect(url('verify-ca'))) === 'object');
  expect(await connect(url('verify-full'))).toMatch(/altnames/);
});
