import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseAddress, DatabaseAddressError } from './database-address';

const folder = mkdtempSync(join(tmpdir(), 'database-address-'));
const file = join(folder, 'root.crt');
writeFileSync(file, 'pem');
afterAll(() => rmSync(folder, { recursive: true }));

const base = 'postgres://u:p%40ss@db.example.org:5433/gs?application_name=x';
const tls = (parameters: string) => databaseAddress(`${base}&${parameters}`).ssl;

it('leaves an address alone that says nothing of TLS', () => {
  expect(databaseAddress(base)).toEqual({ connectionString: base });
});

it('takes the parameters of TLS out of the address and leaves the others', () => {
  const url = `${base}&sslmode=require&sslrootcert=${encodeURIComponent(file)}`;
  expect(databaseAddress(url).connectionString).toBe(base);
});

it.each<[string, unknown]>([
  ['sslmode=disable', false],
  ['ssl=false', false],
  ['sslmode=require', { rejectUnauthorized: false }],
  ['sslmode=no-verify', { rejectUnauthorized: false }],
  [`sslmode=require&sslrootcert=${file}`, { ca: 'pem', checkServerIdentity: expect.any(Function) }],
  [`sslmode=verify-ca&sslrootcert=${file}`, { ca: 'pem', checkServerIdentity: expect.any(Function) }],
  ['sslmode=verify-full', {}],
  ['ssl=true', {}],
  [`sslmode=verify-full&sslrootcert=${file}&sslcert=${file}&sslkey=${file}`, { ca: 'pem', cert: 'pem', key: 'pem' }],
])('reads %s as libpq does', (parameters, expected) => {
  expect(tls(parameters)).toEqual(expected);
});

it('checks the number where the server is named by it', () => {
  expect(databaseAddress('postgres://127.0.0.1/gs?sslmode=verify-full').ssl).toEqual({ host: '127.0.0.1' });
  expect(databaseAddress('postgres://[::1]/gs?sslmode=verify-full').ssl).toEqual({ host: '::1' });
});

it.each([
  ['sslmode=prefer', /may end in clear text/],
  ['sslmode=verify-ca', /needs sslrootcert/],
  ['sslmode=encrypted', /must be disable, require/],
  [`sslmode=require&sslcert=${file}`, /belong together/],
  ['sslmode=require&sslrootcert=/nowhere/root.crt', /cannot read sslrootcert "\/nowhere\/root.crt": ENOENT/],
])('refuses %s without telling the password', (parameters, reason) => {
  let refused: unknown;
  try {
    tls(parameters);
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(DatabaseAddressError);
  expect(String(refused)).toMatch(reason);
  expect(String(refused)).not.toContain('p%40ss');
});
