import { Client } from 'pg';
import type { EntityManager } from 'typeorm';
import { RabbitProxy, waitFor } from '@groundswell/testing';
import type { DataSourceSettings } from '../src/data-source';
import { afterCommit, Database } from '../src/database';
import { DatabaseAwayError } from '../src/database-fault';
import { preparedQuery } from '../src/prepared-query';
import { recordingLogger, useDatabase } from './use-database';

const db = useDatabase();

const patienceMs = 30_000;
/** Longer than any test: what fails does so without waiting for that. */
const never = 600_000;

describe('a database', () => {
  let proxy: RabbitProxy;
  let open: Database[];

  beforeEach(async () => {
    proxy = await RabbitProxy.start(db.urls.ingest);
    open = [];
  });
  afterEach(async () => {
    for (const database of open) await database.close();
    await proxy.close();
  });

  const behindProxy = (settings: Partial<DataSourceSettings>) => {
    const logger = recordingLogger();
    const database = new Database(
      { url: proxy.amqpUrl, applicationName: 'behind-proxy', poolSize: 2, ...settings },
      logger,
    );
    open.push(database);
    return { database, logger };
  };

  const expectAway = async (database: Database) => {
    await expect(database.query('select 1')).rejects.toThrow(DatabaseAwayError);
    await expect(database.run((manager) => manager.query('select 1'))).rejects.toThrow(DatabaseAwayError);
    await expect(database.transaction((manager) => manager.query('select 1'))).rejects.toThrow(DatabaseAwayError);
    expect(database.fault).not.toBeNull();
  };

  it('that is away at boot holds up nobody, and is there once it is back', async () => {
    proxy.refuse();
    const { database, logger } = behindProxy({ connectTimeoutMs: never });
    expect(await database.connect(50)).toBe(false);
    await expectAway(database);
    await waitFor(() => logger.lines.some(({ text }) => text === 'database away'));
    proxy.accept();
    expect(await database.connect(patienceMs)).toBe(true);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(database.fault).toBeNull();
  });

  it('that was never reached fails every call at once, also while it still connects', async () => {
    proxy.freeze();
    const { database } = behindProxy({ connectTimeoutMs: never });
    await expectAway(database);
    expect(await database.connect(50)).toBe(false);
    await expectAway(database);
  });

  it('that goes away and comes back needs nobody to reconnect', async () => {
    const { database } = behindProxy({ connectTimeoutMs: never });
    await database.connect(patienceMs);
    proxy.refuse();
    await expectAway(database);
    proxy.accept();
    await waitFor(() => database.query('select 1'));
    expect(database.fault).toBeNull();
  });

  it('that hangs fails a call that needs a new connection after the connect limit', async () => {
    const { database } = behindProxy({ connectTimeoutMs: 100 });
    await database.connect(patienceMs);
    proxy.cut();
    proxy.freeze();
    await expect(waitFor(() => database.query('select 1'), 0)).rejects.toMatchObject({
      cause: expect.any(DatabaseAwayError),
    });
    proxy.thaw();
    await waitFor(() => database.query('select 1'));
  });

  it('that drops an idle connection is asked again over a new one', async () => {
    const { database } = behindProxy({ applicationName: 'idle-one' });
    await database.connect(patienceMs);
    await db.rows(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'idle-one'`);
    await waitFor(() => database.query('select 1'));
  });

  it('ends a statement that takes too long, as a fault', async () => {
    const { database } = behindProxy({ statementTimeoutMs: 50 });
    await database.connect(patienceMs);
    await expect(database.query('select pg_sleep(10)')).rejects.toThrow(DatabaseAwayError);
  });

  it('hands on the refusal of a value, and is not called away for it', async () => {
    const { database } = behindProxy({});
    await database.connect(patienceMs);
    const refused = `insert into actions.donations (action_id, payload, amount) values (1, '{}', 0)`;
    await expect(database.query(refused)).rejects.toMatchObject({ code: '23514' });
    await expect(database.transaction((manager) => manager.query(refused))).rejects.toMatchObject({ code: '23514' });
    expect(database.fault).toBeNull();
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('keeps nothing of a transaction whose connection was cut, and gives the next one another', async () => {
    const { database } = behindProxy({ poolSize: 1 });
    await database.connect(patienceMs);
    const work = database.transaction(async (manager) => {
      await manager.query(`insert into actions.replicas (id) values ('cut off')`);
      proxy.cut();
      await manager.query(`insert into actions.replicas (id) values ('after the cut')`);
    });
    await expect(work).rejects.toThrow(DatabaseAwayError);
    await waitFor(() => database.query('select 1'));
    expect(await database.query(`select id from actions.replicas`)).toEqual([]);
  });

  it('whose tables changed under a prepared statement fails as a fault, and gets over it by itself', async () => {
    const { database } = behindProxy({ poolSize: 1 });
    await database.connect(patienceMs);
    const look = () => database.transaction((manager) => preparedQuery(manager, 'select * from actions.replicas', []));
    await look();
    await db.rows('alter table actions.replicas add column later int');
    await expect(look()).rejects.toThrow(DatabaseAwayError);
    expect(await waitFor(look)).toEqual([]);
  });

  it('keeps nothing of a transaction whose work throws', async () => {
    const { database } = behindProxy({});
    await database.connect(patienceMs);
    const work = database.transaction(async (manager) => {
      await manager.query(`insert into actions.replicas (id) values ('half done')`);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await database.query(`select id from actions.replicas where id = 'half done'`)).toEqual([]);
  });

  it('tells what waits for the commit once it is there, and nothing of what is undone', async () => {
    const { database } = behindProxy({});
    await database.connect(patienceMs);
    const told: string[] = [];
    const seen = () => db.rows<{ id: string }>(`select id from actions.replicas where id like 'told %'`);
    const write = (id: string, fails: boolean) => async (manager: EntityManager) => {
      afterCommit(manager, () => void told.push(id));
      await manager.query('insert into actions.replicas (id) values ($1)', [id]);
      expect(told).not.toContain(id);
      if (fails) throw new Error('no');
    };
    await database.transaction(write('told 1', false));
    await expect(database.transaction(write('told 2', true))).rejects.toThrow('no');
    await database.run(write('told 3', false));
    expect(told).toEqual(['told 1', 'told 3']);
    expect((await seen()).map(({ id }) => id).sort()).toEqual(['told 1', 'told 3']);
    await db.rows(`delete from actions.replicas where id like 'told %'`);
  });

  it('that is closed while it still connects leaves no connection behind', async () => {
    proxy.freeze();
    const { database } = behindProxy({ applicationName: 'closed-early' });
    await database.connect(0);
    await database.close();
    proxy.thaw();
    expect(await database.connect(patienceMs)).toBe(false);
    const look = new Client({ connectionString: db.urls.owner });
    await look.connect();
    await waitFor(async () => {
      const { rows } = await look.query(`select 1 from pg_stat_activity where application_name = 'closed-early'`);
      return rows.length === 0;
    });
    await look.end();
  });
});
