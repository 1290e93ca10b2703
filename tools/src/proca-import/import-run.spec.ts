import { readFileSync } from 'node:fs';
import { tableCopies } from './copies/copies';
import { usage } from './import-arguments';
import { judge } from './import-run';
import { oldTable, oldTableNames, type OldTableName } from './old-schema';
import type { Row } from './table-copy';

const copies = tableCopies(`'instance'`);
const copyOf = (table: OldTableName) => copies.find(({ from }) => from === table)!;
const reasonFor = (table: OldTableName, row: Record<string, string | null>): string | null =>
  judge(copyOf(table), [{ id: '1', ...row } as Row]).leftOut[0]?.reason ?? null;

const key = `\\x${'00'.repeat(32)}`;
const contact = {
  ...{ org_id: '2', payload: '\\x7b7d', is_superseded: 'false' },
  ...{ crypto_nonce: null, public_key_id: null, sign_key_id: null },
};
const sealed = { crypto_nonce: '\\x00', public_key_id: '3', sign_key_id: '1' };

describe('every table', () => {
  it('has one copy', () => {
    expect(copies.map(({ from }) => from)).toEqual(oldTableNames);
  });

  it.each(copies.map((copy) => [copy.from, copy] as const))('%s: what is written is there to read', (name, copy) => {
    const { columns, optional = {} } = oldTable(name);
    const known = new Set([...Object.keys(columns), ...Object.keys(optional), ...Object.keys(copy.reads ?? {})]);
    expect(Object.keys(copy.writes).filter((column) => !known.has(column))).toEqual([]);
  });

  // Backends of orgs are set in a step of their own, once services are there.
  it.each(copies.map((copy) => [copy.from, copy] as const))(
    '%s: nothing of the old table is forgotten',
    (name, copy) => {
      const { columns, optional = {} } = oldTable(name);
      const taken = new Set([...Object.keys(copy.writes), ...Object.keys(copy.reads ?? {})]);
      const left = Object.keys({ ...columns, ...optional }).filter((column) => !taken.has(column));
      expect(left.filter((column) => !column.endsWith('_backend_id'))).toEqual([]);
    },
  );
});

describe('rows that cannot come', () => {
  it.each<[string, OldTableName, Record<string, string | null>, string | null]>([
    ['a contact in clear', 'contacts', contact, null],
    ['an encrypted contact', 'contacts', { ...contact, ...sealed }, null],
    ['without org', 'contacts', { ...contact, org_id: null }, 'its org is gone'],
    ['without payload', 'contacts', { ...contact, payload: null }, 'no payload'],
    [
      'with a later one',
      'contacts',
      { ...contact, is_superseded: 'true' },
      'the supporter has a later record of this org',
    ],
    [
      'half encrypted',
      'contacts',
      { ...contact, ...sealed, sign_key_id: null },
      'encrypted, but nonce or a key id is missing',
    ],
    ['a key', 'public_keys', { public: key, private: key }, null],
    ['a short key', 'public_keys', { public: '\\x00', private: null }, 'public key is not of 32 bytes'],
    ['a short private key', 'public_keys', { public: key, private: '\\x00' }, 'private key is not of 32 bytes'],
    ['a service of a new kind', 'services', { name: 'pigeon' }, 'unknown kind of service'],
    ['a code to join a team', 'confirms', { operation: '4' }, null],
    ['a code of an action', 'confirms', { operation: '0' }, 'code of a single action'],
    ['an unknown code', 'confirms', { operation: '9' }, 'unknown operation'],
    [
      'a supporter of an unknown status',
      'supporters',
      { processing_status: '4', email_status: '0' },
      'unknown processing status',
    ],
    ['an action of an unknown status', 'actions', { processing_status: '6' }, 'unknown processing status'],
    ['a donation of nothing', 'donations', { amount: '0' }, 'amount is not above 0'],
  ])('%s', (_name, table, row, reason) => {
    expect(reasonFor(table, row)).toBe(reason);
  });
});

describe('statuses of an old database', () => {
  it.each(['0', '1', '2', '3', '4', '5'])('action %s keeps its code', (code) => {
    const { rows } = judge(copyOf('actions'), [{ id: '1', processing_status: code }]);
    expect(rows[0]?.['processing_status']).toBe(code);
  });

  it.each(['0', '1', '2', '3'])('supporter %s keeps its code', (code) => {
    const { rows } = judge(copyOf('supporters'), [{ id: '1', processing_status: code, email_status: '5' }]);
    expect(rows[0]).toMatchObject({ processing_status: code, email_status: '5' });
  });
});

it('a source has the sum action-ingest finds it by', () => {
  const source = { source: 'mail', medium: 'news', campaign: 'spring', content: '', location: 'https://a.org/' };
  const { rows } = judge(copyOf('sources'), [{ id: '1', ...source, hash: null }]);
  expect(rows[0]?.['hash']).toMatch(/^\\x[0-9a-f]{64}$/);
});

describe('docs/migrating-from-proca.md', () => {
  const page = readFileSync('docs/migrating-from-proca.md', 'utf8');

  it('names every column a server may lack', () => {
    const optional = oldTableNames.flatMap((name) =>
      Object.keys(oldTable(name).optional ?? {}).map((column) => `\`${name}.${column}\``),
    );
    expect(optional.filter((column) => !page.includes(column))).toEqual([]);
  });

  it('names every option and variable', () => {
    const words = usage.match(/--[a-z-]+|[A-Z]+_[A-Z_]+/g) ?? [];
    expect(words.length).toBeGreaterThan(8);
    expect([...new Set(words)].filter((word) => !page.includes(word))).toEqual([]);
  });
});
