import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { serviceRoles } from '../src/ownership/grants';

interface Row {
  table: string;
  writer: string;
  readers: string[];
}

const page: Row[] = readFileSync('docs/data-ownership.md', 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => /^(catalog|actions|topology|notify|mail|stats|mtt|forwarder)\.\w+$/.test(cells[1] ?? ''))
  .map(([, table = '', writer = '', readers = '']) => ({
    table,
    writer,
    readers: readers === '–' ? [] : readers.split(', '),
  }));

describe('data ownership', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.urls.owner });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('lists every table and view of every owned schema', async () => {
    const { rows } = await client.query<{ table: string }>(
      `select schemaname || '.' || name as table
         from (select schemaname, tablename as name from pg_tables union all select schemaname, viewname from pg_views) as t
        where schemaname in ('catalog', 'actions', 'topology', 'notify', 'mail', 'stats', 'mtt', 'forwarder')
        order by 1`,
    );
    expect(page.map((row) => row.table).sort()).toEqual(rows.map((row) => row.table).sort());
  });

  it.each(page.map((row) => [row.table, row] as const))('grants on %s what the page says', async (table, row) => {
    for (const role of serviceRoles) {
      const { rows } = await client.query(
        `select has_table_privilege($1, $2, 'select') as reads,
                has_table_privilege($1, $2, 'insert') or has_table_privilege($1, $2, 'update')
                  or has_table_privilege($1, $2, 'delete') as writes`,
        [role, table],
      );
      expect({ role, ...rows[0] }).toEqual({
        role,
        reads: row.writer === role || row.readers.includes(role),
        writes: row.writer === role,
      });
    }
  });

  it('refuses a service that writes a table of another', async () => {
    const ingest = new Client({ connectionString: database.urls.ingest });
    await ingest.connect();
    await expect(ingest.query(`update catalog.orgs set title = 'taken over'`)).rejects.toThrow(/permission denied/);
    await expect(ingest.query('select * from catalog.users')).rejects.toThrow(/permission denied/);
    await ingest.end();
  });

  it.each(['catalog.spread_erasure', 'actions.spread_erasures'])(
    'lets no service write tombstones through %s as a trigger of its own',
    async (spread) => {
      const mtt = new Client({ connectionString: database.urls.mtt });
      await mtt.connect();
      await mtt.query('create temp table own (org_id bigint, ref bytea, erased_at timestamptz, new_ref bytea)');
      await expect(
        mtt.query(`create trigger own after insert on own for each row execute function ${spread}()`),
      ).rejects.toThrow(/permission denied/);
      await mtt.end();
    },
  );

  it('shows notify-service addresses of accounts, never their passwords', async () => {
    const notify = new Client({ connectionString: database.urls.notify });
    await notify.connect();
    await expect(notify.query('select id, email, job_title from catalog.account_addresses')).resolves.toBeDefined();
    await expect(notify.query('select hashed_password from catalog.account_addresses')).rejects.toThrow(
      /does not exist/,
    );
    await expect(notify.query('select email from catalog.users')).rejects.toThrow(/permission denied/);
    await notify.end();
  });
});
