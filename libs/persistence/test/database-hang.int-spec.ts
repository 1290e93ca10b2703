import { Client } from 'pg';
import { createTestDatabase, RabbitProxy, type TestDatabase, waitFor } from '@groundswell/testing';
import { Database } from '../src/database';

const silent = { info: () => undefined, warn: () => undefined };

describe('a connection that hangs in the middle of a transaction', () => {
  let test: TestDatabase;
  let proxy: RabbitProxy;
  let client: Client;
  let database: Database;

  beforeAll(async () => {
    test = await createTestDatabase();
    proxy = await RabbitProxy.start(test.urls.owner);
    client = new Client({ connectionString: test.urls.owner });
    await client.connect();
    await client.query('create table noted (id int primary key)');
    database = new Database(
      { url: proxy.amqpUrl, applicationName: 'hanging', poolSize: 1, statementTimeoutMs: 200 },
      silent,
    );
    await database.connect(30_000);
  });
  afterAll(async () => {
    await database.close();
    await client.end();
    await proxy.close();
    await test.drop();
  });

  it('commits nothing of it later, with whatever comes next', async () => {
    const half = database.transaction(async (manager) => {
      await manager.query('insert into noted values (1)');
      proxy.freeze();
      await manager.query('select 1');
    });
    await expect(half).rejects.toMatchObject({ code: 'database.away' });
    proxy.thaw();
    for (let id = 2; id < 6; id += 1) {
      const insert = 'insert into noted values ($1) on conflict do nothing';
      // A machine that stalls may need longer than the limit.
      await waitFor(() => database.transaction((manager) => manager.query(insert, [id])));
    }
    const { rows } = await client.query('select id from noted order by id');
    expect(rows.map(({ id }) => id)).toEqual([2, 3, 4, 5]);
  });
});
