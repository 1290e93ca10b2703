import { waitFor } from '@groundswell/testing';
import { TopologyFixture, type RunningService } from './topology-fixture';

interface Report {
  broker: string;
  scopes: {
    scope: string;
    state: string;
    version: string;
    detail: string | null;
    wholeAt: string | null;
    isFull: boolean;
    queues: { name: string; messages: number; bytes: number | null; consumers: number | null; leader: string }[];
  }[];
}

describe('the drift report', () => {
  let fixture: TopologyFixture;
  let service: RunningService;
  let org: number;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    org = await fixture.addOrg('green', { custom_action_deliver: true });
    service = await fixture.startService();
    await fixture.confirmed(`org:${org}`);
    await fixture.confirmed('system');
  });
  afterAll(() => fixture.close());

  const scopeOf = async () => {
    const { text } = await service.get('/topology');
    const report = JSON.parse(text) as Report;
    return report.scopes.find(({ scope }) => scope === `org:${org}`);
  };
  /** Times are kept in whole milliseconds, which may round up. */
  const roundingMs = 1;
  const wholeAt = async () => (await fixture.queueSet(`org:${org}`))?.whole_at?.getTime() ?? 0;

  it('lists every scope with how its queues are doing', async () => {
    await fixture.vhost.send('green.crm', [Buffer.alloc(100)]);
    const scope = await waitFor(async () => {
      const found = await scopeOf();
      const queue = found?.queues[0];
      // The broker counts messages before it weighs them.
      return queue?.messages === 1 && queue.bytes !== null && found;
    });
    expect(scope).toMatchObject({ state: 'confirmed', detail: null, isFull: false });
    expect(scope.queues).toMatchObject([{ name: 'green.crm', messages: 1, bytes: 100, consumers: 0 }]);
    expect(scope.queues[0]?.leader).toContain('@');
    expect(Date.parse(scope.wholeAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it('dates the last moment each scope was whole, by the clock of the database, in every good round', async () => {
    const before = await wholeAt();
    await waitFor(async () => (await wholeAt()) > before);
  });

  it('keeps the span of a loss, from before the queue was gone until it was there again', async () => {
    const now = async (): Promise<number> => {
      const { rows } = await fixture.sql.query<{ now: Date }>('select now()');
      return rows[0]!.now.getTime();
    };
    const lostAfter = await now();
    await fixture.vhost.channel.deleteQueue('green.crm');
    const lostBy = await now();
    const detail = await waitFor(async () => {
      const row = await fixture.queueSet(`org:${org}`);
      return row?.state === 'confirmed' && row.detail;
    });
    const [, rebuiltAt, whole] =
      /^rebuilt (\S+) after missing: queue green\.crm, .*; whole until (\S+)$/.exec(detail) ?? [];
    // The broker was seen whole by a look that began before the queue was gone, or while it was going.
    expect(Date.parse(whole ?? '')).toBeLessThanOrEqual(lostBy + roundingMs);
    expect(Date.parse(rebuiltAt ?? '')).toBeGreaterThan(lostAfter);
    await waitFor(async () => (await wholeAt()) > Date.parse(rebuiltAt ?? ''));
    expect((await scopeOf())?.detail).toBe(detail);
  });

  it('holds without the management API, and says so', async () => {
    await service.stop();
    service = await fixture.startService({ AMQP_MANAGEMENT_URL: 'http://a:b@127.0.0.1:9' });
    const report = await waitFor(async () => {
      const answer = await service.get('/topology');
      return answer.status === 200 && (JSON.parse(answer.text) as Report);
    });
    expect(report.broker).toBe('away');
    expect(report.scopes.find(({ scope }) => scope === `org:${org}`)?.queues).toMatchObject([
      { name: 'green.crm', messages: null, leader: null },
    ]);
  });
});

it('without a database there is no report', async () => {
  const fixture = await TopologyFixture.create();
  try {
    const service = await fixture.startService({ DATABASE_URL: 'postgres://nobody:x@127.0.0.1:9/none' });
    expect((await service.get('/topology')).status).toBe(503);
  } finally {
    await fixture.close();
  }
});
