// This lib knows no more of an envelope than its shape; what is sealed here is sealed as in the services.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { resealColumn, type ColumnReport, type ResealingClient } from '../src/secrets/resealing';
import { sealedColumns } from '../src/secrets/sealed-columns';
import { useDatabase } from './use-database';

const db = useDatabase();
const key = (byte: number): Buffer => Buffer.alloc(32, byte);
const before = new SecretEnvelope([key(1)]);
const meanwhile = new SecretEnvelope([key(2), key(1)]);
const after = new SecretEnvelope([key(2)]);

let orgId: number;
beforeAll(async () => {
  await cryptoReady();
  orgId = await db.id(`insert into catalog.orgs (name, title) values ('green', 'Green') returning id`);
});
beforeEach(() => db.rows('delete from catalog.services'));

const addService = (password: string, signing: string | null = null): Promise<number> =>
  db.id(
    `insert into catalog.services (org_id, name, password, signing_secret) values ($1, 'smtp', $2, $3) returning id`,
    [orgId, password, signing],
  );

async function secrets(column = 'password'): Promise<string[]> {
  const rows = await db.rows<{ sealed: string }>(
    `select ${column} as sealed from catalog.services where ${column} <> '' order by id`,
  );
  return rows.map(({ sealed }) => sealed);
}

const passwords = { table: 'catalog.services', key: 'id', column: 'password' };

it('seals every column anew, after which the old key is needed for nothing', async () => {
  const sealed = before.seal('hunter2');
  await addService(sealed, sealed);
  await addService('', null);
  await db.rows(`update catalog.services set previous_signing_secret = $1 where password <> ''`, [sealed]);
  await db.rows(`insert into catalog.public_keys (org_id, name, public, private) values ($1, 'k', $2, $3)`, [
    orgId,
    key(9),
    sealed,
  ]);
  await db.rows(`insert into topology.broker_users (org_id, username, password) values ($1, 'org-1', $2)`, [
    orgId,
    sealed,
  ]);
  await db.rows(`insert into mail.address_key (sealed) values ($1)`, [sealed]);

  const reports: ColumnReport[] = [];
  for (const column of sealedColumns) reports.push(await resealColumn(db.sql, column, meanwhile));
  expect(reports.map(({ column, resealed, unreadable }) => [column, resealed, unreadable])).toEqual(
    sealedColumns.map(({ column }) => [column, 1, []]),
  );
  for (const { table, column } of sealedColumns) {
    const rows = await db.rows<{ sealed: string }>(`select ${column} as sealed from ${table} where ${column} <> ''`);
    expect(rows.map((row) => after.open(row.sealed).toString())).toEqual(['hunter2']);
  }
});

it('lists every column that the database has of that kind', async () => {
  // Texts that hold a sealed secret begin like this; whoever adds a column has to list it.
  const columns = await db.rows<{ table: string; column: string }>(
    `select c.table_schema || '.' || c.table_name as "table", c.column_name as "column"
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where t.table_type = 'BASE TABLE' and c.data_type = 'text'
        and c.column_name ~ '(^|_)(password|private|secret|sealed)$'`,
  );
  const listed = new Set(sealedColumns.map(({ table, column }) => `${table}.${column}`));
  expect(columns.map(({ table, column }) => `${table}.${column}`).filter((name) => !listed.has(name))).toEqual([]);
});

it('tells every replica of the catalogue', async () => {
  await addService(before.seal('x'));
  const version = () => db.id('select version as id from catalog.catalogue_version');
  const was = await version();
  await resealColumn(db.sql, passwords, meanwhile);
  expect(await version()).toBeGreaterThan(was);
});

it('changes nothing when there is nothing left, or when it only looks', async () => {
  for (let n = 0; n < 5; n += 1) await addService(before.seal(`password ${n}`));
  const was = await secrets();
  expect(await resealColumn(db.sql, passwords, meanwhile, { isDry: true, batchSize: 2 })).toMatchObject({
    current: 0,
    resealed: 5,
  });
  expect(await secrets()).toEqual(was);
  expect(await resealColumn(db.sql, passwords, meanwhile, { batchSize: 2 })).toMatchObject({ resealed: 5 });
  const now = await secrets();
  expect(now.map((sealed) => after.open(sealed).toString())).toEqual(was.map((_, n) => `password ${n}`));
  expect(await resealColumn(db.sql, passwords, meanwhile, { batchSize: 2 })).toMatchObject({ current: 5, resealed: 0 });
  expect(await secrets()).toEqual(now);
});

it('is taken up where it was ended', async () => {
  for (let n = 0; n < 5; n += 1) await addService(before.seal(`password ${n}`));
  let updates = 0;
  const dying: ResealingClient = {
    query: (sql, parameters) => {
      if (sql.startsWith('update') && (updates += 1) === 2) return Promise.reject(new Error('killed'));
      return db.sql.query(sql, parameters);
    },
  };
  await expect(resealColumn(dying, passwords, meanwhile, { batchSize: 2 })).rejects.toThrow('killed');
  expect(await resealColumn(db.sql, passwords, meanwhile, { batchSize: 2 })).toMatchObject({ current: 2, resealed: 3 });
});

it('leaves alone what somebody changed meanwhile', async () => {
  await addService(before.seal('old'));
  const slow: ResealingClient = {
    query: async (sql, parameters) => {
      if (sql.startsWith('update')) await db.rows('update catalog.services set password = $1', [meanwhile.seal('new')]);
      return db.sql.query(sql, parameters);
    },
  };
  expect(await resealColumn(slow, passwords, meanwhile)).toMatchObject({ resealed: 0 });
  expect((await secrets()).map((sealed) => after.open(sealed).toString())).toEqual(['new']);
});

it('says which secrets no key opens, and seals the others', async () => {
  const stranger = await addService(new SecretEnvelope([key(7)]).seal('x'));
  const clear = await addService('not sealed at all');
  await addService(before.seal('fine'));
  const { resealed, unreadable } = await resealColumn(db.sql, passwords, meanwhile);
  expect([resealed, unreadable.map(({ id }) => Number(id))]).toEqual([1, [stranger, clear]]);
  expect(unreadable[0]?.reason).toMatch(/no envelope key/);
});
