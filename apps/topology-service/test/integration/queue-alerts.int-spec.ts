import { queueAlertV1, type QueueAlertV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { TopologyFixture, type RunningService } from './topology-fixture';

/** Of the figures, twice: quorum queues report every 5 s. */
const reportMs = 30_000;
const afterMs = 1_000;

describe('alerts of queues', () => {
  let fixture: TopologyFixture;
  let service: RunningService;
  let org: number;
  const told: QueueAlertV1[] = [];
  const ids = new Set<string>();

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    org = await fixture.addOrg('green', { custom_action_deliver: true, custom_supporter_confirm: true });
    service = await fixture.startService({ QUEUE_ALERT_AFTER_MS: String(afterMs) });
    await Promise.all([fixture.confirmed('system'), fixture.confirmed(`org:${org}`)]);
    const { channel } = fixture.vhost;
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'event', 'system.fact.queue.#');
    await channel.consume(
      queue,
      (message) => {
        if (!message) return;
        told.push(queueAlertV1.parse(JSON.parse(message.content.toString())));
        ids.add(String(message.properties.messageId));
      },
      { noAck: true },
    );
  });
  afterAll(() => fixture.close());

  const metrics = async () => (await service.get('/metrics')).text;
  const aboutCrm = () => told.filter(({ queue }) => queue === 'green.crm').map(({ kind, state }) => `${kind} ${state}`);

  it('are raised for a queue that nobody reads, once, stay through a restart, and end with a reader', async () => {
    await fixture.vhost.send('green.crm', [{}, {}]);
    await waitFor(() => aboutCrm().length > 0, reportMs);
    expect(aboutCrm()).toEqual(['no_consumer raised']);
    expect(told[0]).toMatchObject({ orgId: org, purpose: 'crm' });
    const shows = (kind: string) =>
      waitFor(async () => (await metrics()).includes(`queue_alerts{queue="green.crm",kind="${kind}"`), reportMs);
    await shows('no_consumer');

    await service.stop();
    service = await fixture.startService({ QUEUE_ALERT_AFTER_MS: String(afterMs) });
    await shows('no_consumer');
    expect(aboutCrm()).toEqual(['no_consumer raised']);

    const connection = await fixture.administrator();
    const channel = await connection.createChannel();
    await channel.consume('green.crm', () => undefined);
    await waitFor(() => aboutCrm().includes('no_consumer over'), reportMs);
    // Its reader acks nothing.
    await waitFor(() => aboutCrm().includes('not_moving raised'), reportMs);
    await shows('not_moving');

    await channel.close();
    await fixture.vhost.drain('green.crm');
    await waitFor(() => aboutCrm().includes('not_moving over'), reportMs);
    await waitFor(async () => {
      const { rowCount } = await fixture.sql.query(`select 1 from topology.queue_alerts where queue = 'green.crm'`);
      return rowCount === 0;
    }, reportMs);
    expect(ids.size).toBe(told.length);
    expect(told.filter(({ queue }) => queue !== 'green.crm')).toEqual([]);
  });
});
