import { operatedServices, operationQueue } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { TopologyFixture, type RunningService } from './topology-fixture';

interface ListedQueue {
  name: string;
  type: string;
  durable: boolean;
  arguments: Record<string, unknown>;
  policy: string;
}

describe('the system topology', () => {
  let fixture: TopologyFixture;
  let service: RunningService;
  let queues: Map<string, ListedQueue>;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    service = await fixture.startService();
    await fixture.confirmed('system');
    const listed = (await fixture.vhost.manage(
      'GET',
      `/api/queues/${fixture.vhost.name}?disable_stats=true&enable_queue_totals=true`,
    )) as ListedQueue[];
    queues = new Map(listed.map((queue) => [queue.name, queue]));
  });
  afterAll(() => fixture.close());

  it('makes the service ready once it is confirmed', async () => {
    const ready = await waitFor(async () => {
      const answer = await service.get('/ready');
      return answer.status === 200 && answer;
    });
    expect(JSON.parse(ready.text)).toEqual({ status: 'ok', degraded: [] });
    expect((await service.get('/live')).status).toBe(200);
    expect((await service.get('/metrics')).text).toMatch(/groundswell_topology_scopes{.*state="confirmed".*} 1/);
  });

  it('declares durable topic exchanges, and an alternate exchange for what finds no way home', async () => {
    const listed = (await fixture.vhost.manage('GET', `/api/exchanges/${fixture.vhost.name}`)) as {
      name: string;
      type: string;
      durable: boolean;
      arguments: object;
    }[];
    const ours = listed.filter(({ name }) => name !== '' && !name.startsWith('amq.'));
    expect(ours.map(({ name }) => name).sort()).toEqual(
      ['confirm', 'deliver', 'event', 'ingest', 'reply', 'system.dead', 'system.fail', 'system.retry'].sort(),
    );
    expect(ours.every(({ type, durable }) => type === 'topic' && durable)).toBe(true);
    expect(ours.find(({ name }) => name === 'system.retry')?.arguments).toEqual({
      'alternate-exchange': 'system.dead',
    });
  });

  it('declares quorum queues with nothing in their arguments but what can never change', () => {
    const partitions = Array.from({ length: 16 }, (_, partition) => `system.ingest.${partition}`);
    const inCircuit = [
      ...partitions,
      'system.email.confirm',
      'system.event.notify-service',
      'system.event.stats-service',
      'system.event.mtt-service',
      'system.email.thankyou',
      'system.email.request',
      'system.email.mailings',
      'system.sqs',
    ];
    const plain = [
      'system.dead',
      'system.events',
      'system.probe',
      'system.request.action-ingest',
      'system.request.email-delivery',
      'system.request.topology-service',
      'system.request.crm-forwarder',
      'system.request.notify-service',
      'system.request.stats-service',
      ...operatedServices.map(operationQueue),
      'system.email.events',
    ];
    const others = ['system.retry', ...plain];
    const durable = [...queues.values()].filter((queue) => queue.durable);
    expect(durable.map(({ name }) => name).sort()).toEqual([...inCircuit, ...others].sort());
    for (const name of inCircuit) {
      expect(queues.get(name)?.arguments).toEqual({
        'x-queue-type': 'quorum',
        'x-dead-letter-exchange': 'system.fail',
        'x-dead-letter-routing-key': name,
      });
    }
    expect(queues.get('system.retry')?.arguments).toEqual({
      'x-queue-type': 'quorum',
      'x-dead-letter-exchange': 'system.retry',
    });
    for (const name of plain) {
      expect(queues.get(name)?.arguments).toEqual({ 'x-queue-type': 'quorum' });
    }
  });

  it.each([
    [
      'system.retry',
      {
        'delivery-limit': 1_000_000,
        'dead-letter-strategy': 'at-least-once',
        overflow: 'reject-publish',
        'message-ttl': 100,
      },
    ],
    ['system.dead', { 'delivery-limit': 1_000_000, overflow: 'reject-publish' }],
    ['system.events', { 'delivery-limit': 1_000_000, overflow: 'drop-head', 'max-length-bytes': 67_108_864 }],
    [
      'system.ingest.7',
      { 'delivery-limit': 1_000_000, 'dead-letter-strategy': 'at-least-once', overflow: 'reject-publish' },
    ],
    [
      'system.email.thankyou',
      { 'delivery-limit': 1_000_000, 'dead-letter-strategy': 'at-least-once', overflow: 'reject-publish' },
    ],
  ])('gives %s all it needs in the one policy that applies', async (queue, definition) => {
    const policy = (await fixture.vhost.manage(
      'GET',
      `/api/policies/${fixture.vhost.name}/${queues.get(queue)?.policy}`,
    )) as { definition: object };
    expect(policy.definition).toEqual(definition);
  });

  it('binds the facts of a service that is deployed, and no longer once it is not', async () => {
    const facts = 'system.event.stats-service';
    const bound = ['event system.fact.counters', `system.retry ${facts}`];
    await service.stop();
    expect(await fixture.bindings(facts)).toEqual(bound);
    const other = await fixture.startService({ DEPLOYED_SERVICES: 'action-ingest' });
    const row = await fixture.confirmed('system', ({ detail }) => detail?.includes('left over') === true);
    expect(await fixture.bindings(facts)).toEqual([`system.retry ${facts}`]);
    // Mail waits in its queue even while nobody is deployed to read it, and stays known.
    expect(await fixture.bindings('system.email.thankyou')).toContain('deliver *.system.*');
    expect(row.detail).toContain('system.email.thankyou');
    await other.stop();

    await fixture.startService();
    await fixture.confirmed('system', ({ detail }) => !detail?.includes('left over'));
    expect(await fixture.bindings(facts)).toEqual(bound);
  });
});

describe('a broker whose declarations contradict ours', () => {
  let fixture: TopologyFixture;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
  });
  afterAll(() => fixture.close());

  it('is reported as damaged, left alone, and confirmed once a person has mended it', async () => {
    await fixture.vhost.channel.assertQueue('system.ingest.3', { durable: true });
    const service = await fixture.startService();
    const damaged = await waitFor(async () => {
      const row = await fixture.queueSet('system');
      return row?.state === 'damaged' && row;
    });
    expect(damaged.detail).toBe('queue system.ingest.3 exists with other properties');
    expect(await fixture.vhost.look('system.ingest.3')).toEqual({ ready: 0, consumers: 0 });
    expect((await service.get('/ready')).status).toBe(503);

    await fixture.vhost.channel.deleteQueue('system.ingest.3');
    await fixture.confirmed('system');
    await waitFor(async () => (await service.get('/ready')).status === 200);
  });
});
