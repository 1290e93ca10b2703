import { waitFor } from '@groundswell/testing';
import { Database } from '@groundswell/persistence';
import { createLogger } from '@groundswell/observability';
import { LossRepository } from '../../src/losses/loss.repository';
import { QueueMarkRepository } from '../../src/losses/queue-mark.repository';
import { TopologyFixture, type RunningService } from './topology-fixture';

interface LossRow {
  scope: string;
  org_id: number | null;
  queue: string;
  cause: string;
  lost_from: Date;
  found_at: Date;
  rebuilt_at: Date | null;
}

describe('a loss', () => {
  let fixture: TopologyFixture;
  let service: RunningService;
  let org: number;

  beforeEach(async () => {
    fixture = await TopologyFixture.create();
    org = await fixture.addOrg('green', { custom_action_deliver: true });
    service = await fixture.startService();
    await fixture.confirmed(`org:${org}`);
    await fixture.confirmed('system');
    await waitFor(async () => (await fixture.queueSet(`org:${org}`))?.whole_at);
  });
  afterEach(() => fixture.close());

  const now = async (): Promise<number> => {
    const { rows } = await fixture.sql.query<{ now: Date }>('select clock_timestamp() as now');
    return rows[0]!.now.getTime();
  };
  /** Times are kept in whole milliseconds, which may round up. */
  const roundingMs = 1;
  const losses = async (): Promise<LossRow[]> => {
    const { rows } = await fixture.sql.query<LossRow>('select * from topology.losses order by id');
    return rows;
  };
  const rebuilt = (queue: string): Promise<LossRow> =>
    waitFor(async () => (await losses()).find((loss) => loss.queue === queue && loss.rebuilt_at !== null));

  it('of a queue with what waited in it is dated from before the first of it, until it is confirmed again', async () => {
    const sentAt = await now();
    await fixture.vhost.send('green.crm', [Buffer.alloc(10), Buffer.alloc(10)]);
    const deletedAt = await now();
    await fixture.vhost.channel.deleteQueue('green.crm');
    const loss = await rebuilt('green.crm');
    expect(loss).toMatchObject({ scope: `org:${org}`, org_id: org, cause: 'queue' });
    expect(loss.lost_from.getTime()).toBeLessThanOrEqual(sentAt);
    expect(loss.rebuilt_at!.getTime()).toBeGreaterThan(deletedAt);
    const { confirmed_at: confirmedAt } = await fixture.confirmed(`org:${org}`);
    expect(confirmedAt).toEqual(loss.rebuilt_at);
    expect(await losses()).toHaveLength(1);
    const { text } = await service.get('/topology');
    expect((JSON.parse(text) as { losses: unknown }).losses).toMatchObject([
      { scope: `org:${org}`, orgId: org, queue: 'green.crm', lostFrom: loss.lost_from.toISOString() },
    ]);
  });

  it('of a binding is dated from when the set was last whole', async () => {
    const { whole_at: wholeAt } = (await fixture.queueSet(`org:${org}`))!;
    await fixture.vhost.channel.unbindQueue('green.crm', 'deliver', 'green.*.*');
    const unboundBy = await now();
    const loss = await rebuilt('green.crm');
    expect(loss).toMatchObject({ org_id: org, cause: 'binding' });
    expect(loss.lost_from.getTime()).toBeGreaterThanOrEqual(wholeAt!.getTime());
    // A look that began before the binding was gone may have seen it whole while it went.
    expect(loss.lost_from.getTime()).toBeLessThan(loss.found_at.getTime());
    expect(loss.lost_from.getTime()).toBeLessThanOrEqual(unboundBy + roundingMs);
    expect(await losses()).toHaveLength(1);
  });

  it('of a system queue is there to be seen, and belongs to no org', async () => {
    await fixture.vhost.channel.deleteQueue('system.ingest.5');
    expect(await rebuilt('system.ingest.5')).toMatchObject({ scope: 'system', org_id: null, cause: 'queue' });
  });

  it('of two queues, one after the other, is two', async () => {
    await fixture.vhost.channel.deleteQueue('green.crm');
    await rebuilt('green.crm');
    await fixture.vhost.channel.deleteQueue('green.crm');
    await waitFor(async () => (await losses()).filter((loss) => loss.rebuilt_at !== null).length === 2);
    const [first, second] = await losses();
    expect(second!.lost_from.getTime()).toBeGreaterThan(first!.lost_from.getTime());
  });

  it('is none when the service comes and goes, settings change, or the org goes', async () => {
    await service.stop();
    service = await fixture.startService();
    await fixture.updateOrg(org, { custom_supporter_confirm: true });
    await fixture.confirmed(`org:${org}`, ({ queues }) => queues.includes('green.confirm'));
    await service.stop();
    service = await fixture.startService();
    await waitFor(async () => /groundswell_topology_active{.*} 1/.test((await service.get('/metrics')).text));
    await fixture.sql.query('delete from catalog.orgs where id = $1', [org]);
    await fixture.vhost.channel.deleteQueue('green.crm');
    await fixture.vhost.channel.deleteQueue('green.confirm');
    await waitFor(async () => (await fixture.queueSet(`org:${org}`)) === undefined);
    expect(await losses()).toEqual([]);
  });

  it('is dated by when the queue was last seen empty, where that is known', async () => {
    await service.stop();
    const database = new Database(
      { url: fixture.database.urls.topology, applicationName: 'test', poolSize: 1, statementTimeoutMs: 5_000 },
      createLogger({ service: 'test', level: 'silent' }),
    );
    const [marks, records] = [new QueueMarkRepository(database), new LossRepository(database)];
    const drainedAt = async () =>
      (
        await fixture.sql.query<{ drained_at: Date | null }>(
          `select drained_at from topology.queue_marks where queue = 'green.crm'`,
        )
      ).rows[0]!.drained_at?.getTime();
    const notedAt = await now();
    const at = (seconds: number) => new Date(notedAt + seconds * 1_000);
    const loss = { scope: `org:${org}`, orgId: org, queue: 'green.crm', lostFrom: null, foundAt: at(400) };
    try {
      await database.connect(3_000);
      await database.transaction(async (manager) => {
        await marks.drained(manager, ['green.crm'], at(20));
      });
      expect(await drainedAt()).toBeUndefined();
      await database.transaction(async (manager) => {
        await marks.drained(manager, ['green.crm'], at(100));
        await marks.drained(manager, ['green.crm'], at(120));
      });
      // 15 s for figures that lag; moved by 30 s at least.
      expect(await drainedAt()).toBe(at(85).getTime());
      await database.transaction(async (manager) => {
        await records.record(manager, [{ ...loss, cause: 'queue' }]);
        await records.recordStuck(manager, { ...loss, cause: 'stuck' }, false);
        await records.recordStuck(manager, { ...loss, cause: 'stuck' }, false);
        await records.recordStuck(manager, { ...loss, cause: 'stuck' }, true);
      });
    } finally {
      await database.close();
    }
    const rows = await losses();
    expect(rows.map(({ cause }) => cause)).toEqual(['queue', 'stuck', 'stuck']);
    for (const row of rows) expect(row.lost_from).toEqual(at(85));
    expect(rows.map(({ rebuilt_at: at }) => at !== null)).toEqual([false, true, true]);
  });
});
