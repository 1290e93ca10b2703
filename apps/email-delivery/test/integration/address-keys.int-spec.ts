import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { Database, DatabaseAwayError, resealColumn, sealedColumns } from '@groundswell/persistence';
import { createTestDatabase, waitFor, type TestDatabase } from '@groundswell/testing';
import { Client } from 'pg';
import { AddressKeys } from '../../src/deliveries/address-keys';
import { addressHasher } from '../../src/deliveries/address-hash';

const key = (byte: number): Buffer => Buffer.alloc(32, byte);
const logged: string[] = [];
const logger = {
  info: () => undefined,
  warn: () => undefined,
  error: (_fields: object, text: string) => void logged.push(text),
};

let test: TestDatabase;
let database: Database;
let sql: Client;
beforeAll(async () => {
  await cryptoReady();
  test = await createTestDatabase();
  database = new Database({ url: test.urls.mail, applicationName: 'address-keys', poolSize: 4 }, logger);
  await database.connect(10_000);
  sql = new Client({ connectionString: test.urls.owner });
  await sql.connect();
});
beforeEach(() => sql.query('delete from mail.address_key'));
afterAll(async () => {
  await sql.end();
  await database.close();
  await test.drop();
});

const address = 'Jane@example.org ';
const keysOf = (...bytes: number[]): AddressKeys =>
  new AddressKeys(database, new SecretEnvelope(bytes.map(key)), logger);

async function hashBy(...bytes: number[]): Promise<string> {
  const keys = keysOf(...bytes);
  await keys.load(5_000);
  return keys.hash(address).toString('hex');
}

async function reseal(...bytes: number[]): Promise<void> {
  const column = sealedColumns.find(({ table }) => table === 'mail.address_key');
  const report = await resealColumn(sql, column!, new SecretEnvelope(bytes.map(key)));
  expect(report).toMatchObject({ resealed: 1, unreadable: [] });
}

it('hashes as releases did that made the key anew each time', async () => {
  const before = addressHasher({ ENVELOPE_KEY: key(1).toString('base64url') });
  expect(await hashBy(1)).toBe(before(address).toString('hex'));
});

it('hashes alike all through a change of the envelope key', async () => {
  const hash = await hashBy(1);
  expect(await hashBy(1, 2)).toBe(hash);
  expect(await hashBy(2, 1)).toBe(hash);
  await reseal(2, 1);
  expect(await hashBy(2, 1)).toBe(hash);
  expect(await hashBy(2)).toBe(hash);
});

it('refuses to go on with another key, since nobody would be suppressed any more', async () => {
  await hashBy(1);
  await expect(keysOf(2).load(5_000)).rejects.toMatchObject({ code: 'crypto.envelope_key_unknown' });
});

it('agrees with those that start at the same time', async () => {
  const hashes = await Promise.all([hashBy(1, 2), hashBy(2, 1), hashBy(1, 2), hashBy(2, 1)]);
  expect(new Set(hashes).size).toBe(1);
});

it('waits for a database that comes later, and lets nobody go on without', async () => {
  const late = new Database({ url: test.urls.mail, applicationName: 'late', poolSize: 1 }, logger);
  const keys = new AddressKeys(late, new SecretEnvelope([key(1)]), logger);
  await keys.load(0);
  expect(keys.fault).toMatch(/not read yet/);
  expect(() => keys.hash(address)).toThrow(DatabaseAwayError);
  await late.connect(10_000);
  await waitFor(() => keys.fault === null);
  expect(keys.hash(address).toString('hex')).toBe(await hashBy(1));
  await late.close();
});

it('says so when a key that comes later does not open', async () => {
  await hashBy(1);
  const late = new Database({ url: test.urls.mail, applicationName: 'late', poolSize: 1 }, logger);
  const keys = new AddressKeys(late, new SecretEnvelope([key(2)]), logger);
  await keys.load(0);
  await late.connect(10_000);
  await waitFor(() => logged.includes('the key of address hashes does not open: no mail is taken'));
  expect(keys.fault).not.toBeNull();
  await late.close();
});
