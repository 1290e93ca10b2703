import { Client } from 'pg';
import { seededRandom, waitFor } from '@groundswell/testing';
import { useDatabase } from './use-database';

const db = useDatabase();

describe("the catalogue's version", () => {
  let clients: Client[];

  beforeEach(async () => {
    clients = [];
    await db.rows('truncate catalog.catalogue_changes');
  });
  afterEach(async () => {
    for (const client of clients) await client.end();
  });

  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: db.urls.gateway });
    await client.connect();
    clients.push(client);
    return client;
  };
  const version = async () =>
    (await db.rows<{ version: number }>('select version::int from catalog.catalogue_version'))[0]?.version ?? 0;
  const changes = (above: number) =>
    db.rows<{ version: number; table_name: string; row_id: string }>(
      `select version::int, table_name, row_id from catalog.catalogue_changes where version > $1
        order by version, table_name, row_id`,
      [above],
    );
  const insertOrg = (name: string) =>
    db.id(`insert into catalog.orgs (name, title) values ($1, 'x') returning id`, [name]);

  it('rises by one for a transaction that touches many rows of many tables', async () => {
    const before = await version();
    const client = await connect();
    await client.query('begin');
    await client.query(`insert into catalog.orgs (id, name, title) values (900, 'one', 'x'), (901, 'two', 'x')`);
    await client.query(`insert into catalog.services (id, org_id, name) values (800, 900, 'sqs')`);
    await client.query(`update catalog.orgs set push_backend_id = 800 where id = 900`);
    await client.query('commit');
    expect(await version()).toBe(before + 1);
    expect(await changes(before)).toEqual([
      { version: before + 1, table_name: 'orgs', row_id: '900' },
      { version: before + 1, table_name: 'orgs', row_id: '901' },
      { version: before + 1, table_name: 'services', row_id: '800' },
    ]);
  });

  it('stays after a transaction that is rolled back, or touches nothing of the catalogue', async () => {
    const before = await version();
    const client = await connect();
    await client.query('begin');
    await client.query(`insert into catalog.orgs (name, title) values ('gone', 'x')`);
    await client.query('rollback');
    await client.query(`insert into catalog.users (email, hashed_password) values ('a@example.org', 'x')`);
    await client.query(`update catalog.orgs set title = 'y' where name = 'nobody'`);
    expect(await version()).toBe(before);
    expect(await changes(before)).toEqual([]);
  });

  it('rises once when part of the transaction is taken back', async () => {
    const before = await version();
    const client = await connect();
    await client.query('begin');
    await client.query('savepoint s');
    await client.query(`insert into catalog.orgs (id, name, title) values (910, 'taken back', 'x')`);
    await client.query('rollback to s');
    await client.query(`insert into catalog.orgs (id, name, title) values (911, 'kept', 'x')`);
    await client.query('commit');
    expect(await changes(before)).toEqual([{ version: before + 1, table_name: 'orgs', row_id: '911' }]);
  });

  it('names what goes with a deleted row, and what loses its reference', async () => {
    const orgId = await insertOrg('leaving');
    const service = await db.id(`insert into catalog.services (org_id, name) values ($1, 'sqs') returning id`, [orgId]);
    await db.rows('update catalog.orgs set push_backend_id = $2 where id = $1', [orgId, service]);
    const before = await version();
    await db.rows('delete from catalog.services where id = $1', [service]);
    expect((await changes(before)).map(({ table_name, row_id }) => [table_name, row_id])).toEqual([
      ['orgs', String(orgId)],
      ['services', String(service)],
    ]);
    await db.rows(`insert into catalog.services (id, org_id, name) values (801, $1, 'webhook')`, [orgId]);
    const then = await version();
    await db.rows('delete from catalog.orgs where id = $1', [orgId]);
    expect((await changes(then)).map(({ table_name, row_id }) => [table_name, row_id])).toEqual([
      ['orgs', String(orgId)],
      ['services', '801'],
    ]);
  });

  it('makes a second writer wait for the first, so that versions appear in commit order', async () => {
    const before = await version();
    const [first, second] = [await connect(), await connect()];
    await first.query('begin');
    await first.query(`insert into catalog.orgs (id, name, title) values (920, 'first', 'x')`);
    await second.query('begin');
    let isSecondThrough = false;
    const writing = second
      .query(`insert into catalog.orgs (id, name, title) values (921, 'second', 'x')`)
      .then(() => (isSecondThrough = true));
    await waitFor(async () => {
      const waiting = await db.rows(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    expect(isSecondThrough).toBe(false);
    await first.query('commit');
    await writing;
    await second.query('commit');
    expect(await changes(before)).toEqual([
      { version: before + 1, table_name: 'orgs', row_id: '920' },
      { version: before + 2, table_name: 'orgs', row_id: '921' },
    ]);
  });

  it('never lets a reader miss a change of many concurrent writers', async () => {
    const random = seededRandom(7);
    const before = await version();
    const writers = await Promise.all(Array.from({ length: 4 }, connect));
    let isWriting = true;
    const write = async (client: Client, writer: number) => {
      for (let n = 0; n < 10; n += 1) {
        await client.query('begin');
        for (let row = 0; row <= random() * 2; row += 1) {
          await client.query(`insert into catalog.orgs (name, title) values ($1, 'x')`, [`w${writer}-${n}-${row}`]);
        }
        await client.query(random() < 0.2 ? 'rollback' : 'commit');
      }
    };
    const seen = new Set<string>();
    const read = async () => {
      const reader = await connect();
      for (let known = before, isLast = false; !isLast;) {
        isLast = !isWriting;
        // One statement is one snapshot, as a refresh reads it.
        const { rows } = await reader.query<{ now: number; row_id: string | null }>(
          `select v.version::int as now, c.row_id from catalog.catalogue_version v
             left join catalog.catalogue_changes c on c.version > $1`,
          [known],
        );
        for (const { row_id } of rows) if (row_id !== null) seen.add(row_id);
        known = rows[0]?.now ?? known;
      }
    };
    const reading = read();
    await Promise.all(writers.map(write));
    isWriting = false;
    await reading;
    const written = await db.rows<{ id: string }>(`select id::text from catalog.orgs where name ~ '^w[0-9]-'`);
    expect(written.length).toBeGreaterThan(20);
    expect([...seen].sort()).toEqual(written.map(({ id }) => id).sort());
  });
});
