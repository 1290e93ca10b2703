import { Client } from 'pg';
import { createTestDatabase, RabbitProxy, type TestDatabase, waitFor } from '@groundswell/testing';
import { Database } from '../src/database';

const silent = { info: () => undefined, warn: () => undefined };

describe('work with a limit of its own', () => {
  let test: TestDatabase;
  let proxy: RabbitProxy;
  let database: Database;

  beforeAll(async () => {
    test = await createTestDatabase();
    proxy = await RabbitProxy.start(test.urls.owner);
    // The statement's own limit is 30 s: nothing here waits for that.
    database = new Database({ url: proxy.amqpUrl, applicationName: 'limited', poolSize: 1 }, silent);
    await database.connect(30_000);
  });
  afterAll(async () => {
    await database.close();
    await proxy.close();
    await test.drop();
  });

  it('gives a connection up that does not answer, and its place in the pool serves the next', async () => {
    proxy.freeze();
    const hanging = database.run((manager) => manager.query('select 1'), 200);
    await expect(hanging).rejects.toMatchObject({ code: 'database.away' });
    proxy.thaw();
    expect(await waitFor(() => database.query('select 2 as n'))).toEqual([{ n: 2 }]);
  });

  it('leaves a connection alone that was in time', async () => {
    const pid = 'select pg_backend_pid() as pid';
    let limitMs = 25;
    // A busy machine is not in time at once.
    const inTime = await waitFor(() => database.run((manager) => manager.query(pid), (limitMs *= 2)));
    await database.query('select pg_sleep($1::float8)', [(2 * limitMs) / 1_000]);
    expect(await database.query(pid)).toEqual(inTime);
  });
});

describe('a connection that dies between two statements', () => {
  it('is a fault of the surroundings, not of the work', async () => {
    const test = await createTestDatabase();
    const database = new Database({ url: test.urls.owner, applicationName: 'dying', poolSize: 1 }, silent);
    await database.connect(30_000);
    const killer = new Client({ connectionString: test.urls.owner });
    await killer.connect();
    const work = database.transaction(async (manager) => {
      const [row] = await manager.query<{ pid: number }[]>('select pg_backend_pid() as pid');
      await killer.query('select pg_terminate_backend($1)', [row?.pid]);
      await waitFor(() => manager.queryRunner?.isReleased === true);
      await manager.query('select 1');
    });
    await expect(work).rejects.toMatchObject({ code: 'database.away' });
    expect(await waitFor(() => database.query('select 2 as n'))).toEqual([{ n: 2 }]);
    await killer.end();
    await database.close();
    await test.drop();
  });
});
