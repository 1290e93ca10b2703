import type { ConsumeMessage } from 'amqplib';
import { RabbitProxy, waitFor } from '@groundswell/testing';
import { answerTo, TopologyFixture, type RunningService } from './topology-fixture';

const refused = 403;
const idsOf = (messages: readonly ConsumeMessage[]) => messages.map(({ properties }) => String(properties.messageId));
/** Quorum queues report how much they hold every 5 s, and a queue must have been seen empty before it goes. */
const deletionMs = 60_000;
jest.setTimeout(300_000);

describe('a renamed org', () => {
  let fixture: TopologyFixture;
  let service: RunningService;
  let proxy: RabbitProxy;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    proxy = await RabbitProxy.start(fixture.vhost.amqpUrl);
    service = await fixture.startService({ AMQP_URL: proxy.amqpUrl });
    await fixture.confirmed('system');
  });
  afterAll(async () => {
    await fixture.close();
    await proxy.close();
  });

  const rename = async (org: number, name: string, columns: Record<string, unknown> = {}) => {
    const before = await fixture.queueSet(`org:${org}`);
    await fixture.updateOrg(org, { name, ...columns });
    return fixture.confirmed(`org:${org}`, ({ version }) => version !== before?.version);
  };
  const holds = (queue: string, ready: number) =>
    waitFor(async () => (await fixture.vhost.look(queue))?.ready === ready, deletionMs);
  const gone = (queue: string) => waitFor(async () => (await fixture.vhost.look(queue)) === undefined, deletionMs);
  const reads = async (org: number): Promise<string> => {
    const { user } = await fixture.orgUser(org);
    const path = `/api/permissions/${fixture.vhost.name}/${user}`;
    return ((await fixture.vhost.manage('GET', path)) as { read: string }).read;
  };

  it('finds what waited for it in the new queues, unchanged and in order, and loses the old ones', async () => {
    const org = await fixture.addOrg('north', {
      custom_action_deliver: true,
      custom_supporter_confirm: true,
      custom_action_confirm: true,
    });
    await fixture.confirmed(`org:${org}`);
    const headers = { org_id: org, attempt: 3, nested: { a: [1, 'x', true] }, big: 2 ** 40 };
    await fixture.vhost.send('north.crm', [Buffer.from([0, 255, 7]), { a: 1 }, { a: 2 }], (index) => ({
      messageId: `action:${index}:deliver:${org}`,
      type: 'action',
      timestamp: 1_700_000_000,
      correlationId: 'c',
      priority: 2,
      headers,
    }));
    await fixture.vhost.send('north.confirm', [{}], () => ({ messageId: 'to-confirm' }));
    await fixture.vhost.send('north.moderate', [{}], () => ({ messageId: 'to-moderate' }));
    await rename(org, 'south');

    await holds('south.crm', 3);
    const moved = await fixture.vhost.drain('south.crm');
    expect(idsOf(moved)).toEqual([0, 1, 2].map((index) => `action:${index}:deliver:${org}`));
    expect(moved[0]?.content).toEqual(Buffer.from([0, 255, 7]));
    expect(moved[0]?.properties).toMatchObject({
      type: 'action',
      timestamp: 1_700_000_000,
      correlationId: 'c',
      priority: 2,
      deliveryMode: 2,
    });
    // The broker's own count of deliveries out of this very queue.
    expect(moved[0]?.properties.headers).toEqual({ ...headers, 'x-delivery-count': 0 });
    await holds('south.confirm', 1);
    await holds('south.moderate', 1);
    for (const queue of ['north.crm', 'north.confirm', 'north.moderate']) await gone(queue);
    const row = await fixture.confirmed(`org:${org}`, ({ detail }) => detail === null);
    expect(row.queues).toEqual(['south.confirm', 'south.crm', 'south.moderate']);
    expect((await service.get('/metrics')).text).toMatch(/groundswell_topology_moved_messages_total{.*} 5/);
  });

  it('reads both queues while somebody is still on the old one, and gets what comes home there', async () => {
    const org = await fixture.addOrg('early', { custom_action_deliver: true });
    await fixture.confirmed(`org:${org}`);
    await fixture.vhost.send('early.crm', [{}, {}], (index) => ({ messageId: `early-${index}` }));
    const { user, password } = await fixture.orgUser(org);
    const own = await fixture.logIn(user, password);
    const channel = await own.createChannel();
    await channel.prefetch(1);
    const inHand: ConsumeMessage[] = [];
    await channel.consume('early.crm', (message) => message && inHand.push(message));
    await waitFor(() => inHand.length === 1);
    await rename(org, 'late');

    await holds('late.crm', 1);
    expect(await answerTo(own, (one) => one.checkQueue('early.crm'))).toBe('ok');
    expect(await answerTo(own, (one) => one.get('early.crm'))).toBe('ok');
    const [first] = inHand;
    expect(await answerTo(own, (one) => one.get('late.crm'))).toBe('ok');
    // Rejected into the retry circuit it comes home to the old queue, and from there to the new one.
    if (first) channel.nack(first, false, false);
    await channel.close();
    await waitFor(async () => idsOf(await fixture.vhost.drain('late.crm')).includes('early-0'), deletionMs);
    await gone('early.crm');
    await waitFor(async () => !(await reads(org)).includes('early'));
  });

  it('keeps what has no queue any more where it is, readable and reported', async () => {
    const org = await fixture.addOrg('warm', { custom_action_deliver: true });
    await fixture.confirmed(`org:${org}`);
    await fixture.vhost.send('warm.crm', [{}]);
    await rename(org, 'cold', { custom_action_deliver: false });
    const newcomer = await fixture.addOrg('warm', { custom_action_deliver: true });
    const blocked = await waitFor(async () => {
      const row = await fixture.queueSet(`org:${newcomer}`);
      return row?.detail === `queue warm.crm still belongs to org:${org}` && row;
    });
    expect(blocked).toMatchObject({ state: 'pending', queues: [] });
    expect((await fixture.queueSet(`org:${org}`))?.detail).toBe('left over: warm.crm');
    expect(await reads(org)).toContain('warm');
    // Not even for a moment may the new owner of the name read what was sent to the former one.
    await waitFor(async () => {
      const { rowCount } = await fixture.sql.query('select 1 from topology.broker_users where org_id = $1', [newcomer]);
      return rowCount === 1 && (await reads(newcomer));
    });
    expect(await reads(newcomer)).not.toContain('warm\\.crm');
    const { user, password } = await fixture.orgUser(newcomer);
    const stranger = await fixture.logIn(user, password);
    expect(await answerTo(stranger, (one) => one.get('warm.crm'))).toBe(refused);

    await fixture.vhost.drain('warm.crm');
    await fixture.confirmed(`org:${newcomer}`);
    expect(await reads(newcomer)).toContain('warm\\.crm');
  });

  it('loses nothing when the broker goes away in the middle', async () => {
    const org = await fixture.addOrg('many', { custom_action_deliver: true });
    await fixture.confirmed(`org:${org}`);
    const ids = Array.from({ length: 6_000 }, (_, index) => `many-${index}`);
    await fixture.vhost.send('many.crm', ids, (index) => ({ messageId: ids[index] }));
    await fixture.updateOrg(org, { name: 'few' });
    let seen = 0;
    for (let cuts = 0; cuts < 2; cuts += 1) {
      await waitFor(async () => {
        const ready = (await fixture.vhost.look('few.crm'))?.ready ?? 0;
        const isUnderWay = ready > seen;
        seen = ready;
        return isUnderWay;
      });
      proxy.cut();
    }
    expect(seen).toBeLessThan(ids.length);
    const arrived = new Set<string>();
    await waitFor(async () => {
      for (const id of idsOf(await fixture.vhost.drain('few.crm'))) arrived.add(id);
      return arrived.size === ids.length;
    });
    await gone('many.crm');
  });
});

describe('two orgs that swap their names', () => {
  let fixture: TopologyFixture;

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
  });
  afterAll(() => fixture.close());

  it('end with their own messages in their own queues', async () => {
    const columns = { custom_action_deliver: true, custom_supporter_confirm: true };
    const one = await fixture.addOrg('red', columns);
    const two = await fixture.addOrg('blue', columns);
    await fixture.startService();
    const before = await Promise.all([fixture.confirmed(`org:${one}`), fixture.confirmed(`org:${two}`)]);
    await fixture.vhost.send('red.crm', [{}, {}], (index) => ({ messageId: `one-${index}` }));
    await fixture.vhost.send('blue.crm', [{}], () => ({ messageId: 'two-0' }));
    await fixture.vhost.send('blue.confirm', [{}], () => ({ messageId: 'two-1' }));
    await fixture.sql.query('begin');
    await fixture.updateOrg(one, { name: 'between' });
    await fixture.updateOrg(two, { name: 'red' });
    await fixture.updateOrg(one, { name: 'blue' });
    await fixture.sql.query('commit');

    for (const [index, org] of [one, two].entries()) {
      await fixture.confirmed(`org:${org}`, ({ version }) => version !== before[index]?.version);
    }
    const isSettled = ({ detail }: { detail: string | null }) => detail === null;
    await Promise.all([one, two].map((org) => fixture.confirmed(`org:${org}`, isSettled)));
    expect(idsOf(await fixture.vhost.drain('blue.crm'))).toEqual(['one-0', 'one-1']);
    expect(idsOf(await fixture.vhost.drain('red.crm'))).toEqual(['two-0']);
    expect(idsOf(await fixture.vhost.drain('red.confirm'))).toEqual(['two-1']);
    expect(await fixture.bindings('blue.crm')).toEqual(['deliver blue.*.*', 'system.retry blue.crm']);
    const listed = (await fixture.vhost.manage('GET', `/api/queues/${fixture.vhost.name}`)) as { name: string }[];
    expect(listed.filter(({ name }) => name.startsWith('system.transit'))).toEqual([]);
  });
});
