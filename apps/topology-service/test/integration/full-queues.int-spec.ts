import { waitFor } from '@groundswell/testing';
import { TopologyFixture, type RunningService } from './topology-fixture';

/** Quorum queues report their bytes every 5 s. */
const reportMs = 60_000;
const aKilobyte = Buffer.alloc(1_000);

describe('an org whose queue is full', () => {
  let fixture: TopologyFixture;
  let service: RunningService;
  let org: number;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    org = await fixture.addOrg('big', { custom_action_deliver: true, custom_supporter_confirm: true });
    service = await fixture.startService({ QUEUE_STOP_BYTES: '10000', QUEUE_RESUME_BYTES: '5000' });
    await fixture.confirmed(`org:${org}`);
  });
  afterAll(() => fixture.close());

  const becomes = (isFull: boolean) =>
    waitFor(async () => (await fixture.queueSet(`org:${org}`))?.is_full === isFull, reportMs);
  const ready = async () => JSON.parse((await service.get('/ready')).text) as { degraded: string[] };
  const bytes = (queue: string, isIt: (bytes: number) => boolean) =>
    waitFor(async () => {
      const { text } = await service.get('/topology');
      const report = JSON.parse(text) as { scopes: { queues: { name: string; bytes: number | null }[] }[] };
      const found = report.scopes.flatMap(({ queues }) => queues).find(({ name }) => name === queue);
      return found?.bytes !== undefined && found.bytes !== null && isIt(found.bytes);
    }, reportMs);

  it('is marked, announced and an alarm, until its queues are well below the mark', async () => {
    const record = await fixture.recordStates(`org:${org}`);
    const other = await fixture.addOrg('small', { custom_action_deliver: true });
    await fixture.confirmed(`org:${other}`);
    let before = record.announced;
    await fixture.vhost.send('big.confirm', Array(11).fill(aKilobyte));
    await becomes(true);
    await waitFor(() => record.announced > before);
    before = record.announced;
    await waitFor(async () => (await ready()).degraded.includes('queues'));
    const shown = new RegExp(`groundswell_topology_full{scope="org:${org}".*} 1`);
    await waitFor(async () => shown.test((await service.get('/metrics')).text));
    expect((await fixture.queueSet(`org:${org}`))?.state).toBe('confirmed');
    expect((await fixture.queueSet(`org:${other}`))?.is_full).toBe(false);

    // Between the marks nothing changes.
    for (let count = 0; count < 4; count += 1) await fixture.vhost.channel.get('big.confirm', { noAck: true });
    await bytes('big.confirm', (held) => held < 8_000);
    expect((await fixture.queueSet(`org:${org}`))?.is_full).toBe(true);

    await fixture.vhost.drain('big.confirm');
    await becomes(false);
    await waitFor(() => record.announced > before);
    expect(record.states).toEqual([]);
    await waitFor(async () => !(await ready()).degraded.includes('queues'));
    await waitFor(async () => !(await service.get('/metrics')).text.includes('groundswell_topology_full{'));
  });

  it('stays marked through a restart of the service', async () => {
    await fixture.vhost.send('big.crm', Array(7).fill(aKilobyte));
    await bytes('big.crm', (held) => held >= 7_000);
    await fixture.sql.query(`update topology.queue_sets set is_full = true where scope = $1`, [`org:${org}`]);
    await service.stop();
    service = await fixture.startService({ QUEUE_STOP_BYTES: '10000', QUEUE_RESUME_BYTES: '5000' });
    await waitFor(async () => (await ready()).degraded.includes('queues'));
    expect((await fixture.queueSet(`org:${org}`))?.is_full).toBe(true);
    await fixture.vhost.drain('big.crm');
    await becomes(false);
  });
});

describe('messages that are neither ready nor unacked', () => {
  let fixture: TopologyFixture;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
  });
  afterAll(() => fixture.close());

  it('are an alarm once they do not move, and no more when they are gone', async () => {
    const org = await fixture.addOrg('stuck', { custom_action_deliver: true });
    const service = await fixture.startService();
    await fixture.confirmed(`org:${org}`);
    // A retry queue that takes nothing: dead letters wait in their queue, which then shows them to nobody.
    const path = `/api/policies/${fixture.vhost.name}/no-room`;
    await fixture.vhost.manage('PUT', path, {
      pattern: '^system\\.retry$',
      definition: { 'max-length': 0, overflow: 'reject-publish', 'dead-letter-strategy': 'at-least-once' },
      priority: 9999,
    });
    await waitFor(async () => {
      const queue = (await fixture.vhost.manage('GET', `/api/queues/${fixture.vhost.name}/system.retry`)) as {
        policy: string;
      };
      return queue.policy === 'no-room';
    });
    await fixture.vhost.send('stuck.crm', [{}, {}]);
    for (let count = 0; count < 2; count += 1) {
      const message = await waitFor(() => fixture.vhost.channel.get('stuck.crm'));
      fixture.vhost.channel.nack(message, false, false);
    }
    const alarm = 'queue stuck.crm has messages that are neither ready nor unacked';
    const alarms = async () => (JSON.parse((await service.get('/topology')).text) as { alarms: string[] }).alarms;
    await waitFor(async () => (await alarms()).includes(alarm), reportMs);
    const shown = /groundswell_topology_stuck_messages{queue="stuck\.crm".*} [12]/;
    await waitFor(async () => shown.test((await service.get('/metrics')).text));

    await fixture.vhost.manage('DELETE', path);
    // The broker tries its dead letters again after three minutes; a person may not want to wait.
    await fixture.vhost.channel.deleteQueue('stuck.crm');
    await waitFor(async () => (await alarms()).length === 0, reportMs);
  });
});
