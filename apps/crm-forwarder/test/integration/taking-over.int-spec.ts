import { exchanges, systemQueues, webhookQueue } from '@groundswell/contracts';
import { ConsumerSupervisor } from '@groundswell/messaging';
import { waitFor } from '@groundswell/testing';
import { ForwarderFixture, type TestOrg } from './forwarder-fixture';
import { anAction, anEmailStatusEvent, refOf, type Published } from './pushed-messages';

describe('taking messages over', () => {
  let fixture: ForwarderFixture;
  let hook: TestOrg;
  let cloud: TestOrg;

  beforeAll(async () => {
    fixture = await ForwarderFixture.create();
    hook = await fixture.aPushingOrg({ name: 'webhook' });
    cloud = await fixture.aPushingOrg({ name: 'sqs' });
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const publish = ({ body, properties }: Published<object>, queue: string): Promise<void> =>
    fixture.send(queue, body, properties);
  const parkedOf = async (messageId: string) =>
    waitFor(async () => (await fixture.parked()).find((row) => row.messageId === messageId));
  const pushesOf = async (messageId: string) => (await fixture.pushes()).filter((row) => row.messageId === messageId);
  const takenAs = (messageId: string) =>
    waitFor(async () => {
      const rows = await pushesOf(messageId);
      return rows.length > 0 && rows;
    });

  it.each([
    ['a webhook', () => hook, () => webhookQueue(hook.name)],
    ['SQS', () => cloud, () => systemQueues.sqs],
  ])('an action for %s becomes a row, whole', async (_name, orgOf, queueOf) => {
    const org = orgOf();
    const fields = { customFields: { '10': 'b', '2': 'a', text: 'ß "quoted" \u2028' }, testing: false };
    const action = { actionType: 'sign', createdAt: '2026-03-01T10:00:00Z', ...fields };
    const published = anAction(org, 100 + org.id, { person: 'ada', action });
    await publish(published, queueOf());
    const [row] = await takenAs(published.properties.messageId);
    expect(row).toMatchObject({
      orgId: org.id,
      kind: 'action',
      body: JSON.stringify(published.body),
      headers: published.properties.headers,
      actionId: 100 + org.id,
      subjectAt: new Date('2026-03-01T10:00:00Z'),
    });
    expect(row?.subjectRef).toEqual(refOf('ada'));
  });

  it.each([
    ['a webhook', () => hook, () => webhookQueue(hook.name)],
    ['SQS', () => cloud, () => systemQueues.sqs],
  ])('an event for %s becomes a row, with whose data it holds', async (_name, orgOf, queueOf) => {
    const published = anEmailStatusEvent(orgOf(), 200 + orgOf().id, 'berta');
    await publish(published, queueOf());
    const [row] = await takenAs(published.properties.messageId);
    expect(row).toMatchObject({ orgId: orgOf().id, kind: 'event', body: JSON.stringify(published.body) });
    expect(row?.subjectRef).toEqual(refOf('berta'));
  });

  it('a message that comes twice has one row', async () => {
    const twice = anAction(hook, 300);
    const last = anAction(hook, 301);
    for (const message of [twice, twice, last, twice]) await publish(message, webhookQueue(hook.name));
    await takenAs(last.properties.messageId);
    await waitFor(async () => (await fixture.vhost.look(webhookQueue(hook.name)))?.ready === 0);
    expect(await pushesOf(twice.properties.messageId)).toHaveLength(1);
  });

  it('an action and an event of one id are two', async () => {
    const action = anAction(hook, 310);
    const { body, properties } = anEmailStatusEvent(hook, 310);
    await publish(action, webhookQueue(hook.name));
    const messageId = action.properties.messageId;
    await publish({ body, properties: { ...properties, messageId } }, webhookQueue(hook.name));
    const kinds = await waitFor(async () => {
      const rows = await pushesOf(messageId);
      return rows.length === 2 && rows.map(({ kind }) => kind).sort();
    });
    expect(kinds).toEqual(['action', 'event']);
  });

  it('the header says whose it is, in whatever queue it lies', async () => {
    const published = anAction(cloud, 320);
    await publish(published, webhookQueue(hook.name));
    expect(await takenAs(published.properties.messageId)).toMatchObject([{ orgId: cloud.id }]);
  });

  it("what a person put into an org's queue without headers is that org's", async () => {
    const { body } = anAction(hook, 330);
    await publish({ body, properties: { messageId: 'by hand', headers: {} } }, webhookQueue(hook.name));
    expect(await takenAs('by hand')).toMatchObject([{ orgId: hook.id, actionId: 330 }]);
  });

  it('the same in system.sqs is nobody’s, and is parked', async () => {
    const { body } = anAction(cloud, 331);
    await publish({ body, properties: { messageId: 'whose', headers: {} } }, systemQueues.sqs);
    expect(await parkedOf('whose')).toMatchObject({ queue: systemQueues.sqs, reason: 'unknown org' });
  });

  it('an org that was made a moment ago is known in time', async () => {
    const young = await fixture.aPushingOrg({ name: 'sqs' });
    await publish(anAction(young, 335), systemQueues.sqs);
    expect(await fixture.taken(1, young.id)).toMatchObject([{ actionId: 335 }]);
  });

  it.each([987_654_321, 'seven', 1.5])('an org %s that nobody knows is parked, whatever the queue', async (orgId) => {
    const { body, properties } = anAction(hook, 340);
    const messageId = `unknown:${orgId}`;
    const headers = { ...properties.headers, org_id: orgId };
    await publish({ body, properties: { ...properties, messageId, headers } }, webhookQueue(hook.name));
    const row = await parkedOf(messageId);
    expect(row).toMatchObject({ queue: webhookQueue(hook.name), reason: 'unknown org' });
    expect(JSON.parse(row.body.toString())).toEqual(body);
  });

  it.each([
    ['no JSON', Buffer.from('{"schema":'), 'unparsable'],
    ['no object', Buffer.from('[1,2]'), 'unparsable'],
    ['of another schema', Buffer.from('{"schema":"proca:other:9"}'), 'unknown schema'],
    ['of none', Buffer.from('{}'), 'unknown schema'],
  ])('a body that is %s is parked as it came', async (name, body, reason) => {
    await fixture.send(webhookQueue(hook.name), body, { messageId: name, headers: { org_id: hook.id } });
    const row = await parkedOf(name);
    expect(row).toMatchObject({ queue: webhookQueue(hook.name), reason });
    expect(row.body).toEqual(body);
  });

  it('its neighbours are taken over all the same', async () => {
    const good = [350, 351, 352].map((id) => anAction(hook, id));
    const bad = { body: Buffer.from('x'), properties: { messageId: 'neighbour', headers: {} } };
    for (const { body, properties } of [good[0]!, bad, good[1]!, good[2]!]) {
      await fixture.send(webhookQueue(hook.name), body, properties);
    }
    for (const { properties } of good) await takenAs(properties.messageId);
    await parkedOf('neighbour');
  });

  it('headers with what no table takes are kept without it, and without what the broker added', async () => {
    const { body, properties } = anAction(hook, 355);
    const odd = { note: 'a\u0000b', 'x-delivery-count': 7, nested: { deep: [true, 'x'] } };
    const headers = { ...properties.headers, ...odd };
    await publish({ body, properties: { ...properties, headers } }, webhookQueue(hook.name));
    const [row] = await takenAs(properties.messageId);
    expect(row?.headers).toEqual({ ...properties.headers, note: 'ab', nested: odd.nested });
  });

  it('an id that no table takes is parked, and the others are taken over', async () => {
    const { body, properties } = anAction(hook, 356);
    await publish({ body, properties: { ...properties, messageId: 'odd\u0000id' } }, webhookQueue(hook.name));
    const next = anAction(hook, 357);
    await publish(next, webhookQueue(hook.name));
    await takenAs(next.properties.messageId);
    expect((await parkedOf('odd\uFFFDid')).queue).toBe(webhookQueue(hook.name));
  });

  it('one without an id is known by its body', async () => {
    const { body, properties } = anAction(hook, 358);
    for (let round = 0; round < 2; round += 1) {
      await publish({ body, properties: { ...properties, messageId: '' } }, webhookQueue(hook.name));
    }
    const last = anAction(hook, 359);
    await publish(last, webhookQueue(hook.name));
    await takenAs(last.properties.messageId);
    const rows = (await fixture.pushes(hook.id)).filter(({ actionId }) => actionId === 358);
    expect(rows).toMatchObject([{ messageId: expect.stringMatching(/^body:[0-9a-f]{64}$/) as string }]);
  });

  it('an org that is marked as deleted still gets what was accepted before', async () => {
    const leaving = await fixture.aPushingOrg({ name: 'webhook' });
    await fixture.sql.query('update catalog.orgs set deleted_at = now() where id = $1', [leaving.id]);
    await fixture.seen((catalogue) => catalogue.orgs.get(leaving.id)?.deletedAt != null);
    await publish(anAction(leaving, 360), webhookQueue(leaving.name));
    expect(await fixture.taken(1, leaving.id)).toMatchObject([{ actionId: 360 }]);
  });

  it('a body is kept byte for byte', async () => {
    const body = Buffer.from(
      '{ "schema":"proca:action:2",  "actionId":361, "n":12345678901234567890, "t":"\\u00eb ë" }\n',
    );
    await fixture.send(webhookQueue(hook.name), body, { messageId: 'exact', headers: { org_id: hook.id } });
    expect((await takenAs('exact'))[0]?.body).toBe(body.toString());
  });

  it('what the org has no service for any more is kept', async () => {
    const org = await fixture.aPushingOrg({ name: 'webhook' });
    for (const column of ['push_backend_id', 'event_backend_id'] as const) await fixture.setBackend(org, column, null);
    await fixture.seen((catalogue) => catalogue.orgs.get(org.id)?.pushBackendId === null);
    await publish(anAction(org, 370), webhookQueue(org.name));
    expect(await fixture.taken(1, org.id)).toMatchObject([{ actionId: 370 }]);
  });
});

describe('a message that went round the retry circuit', () => {
  it('is its org’s by its header, though its routing key is the queue by then', async () => {
    const fixture = await ForwarderFixture.create();
    try {
      const org = await fixture.aPushingOrg({ name: 'sqs' });
      const { body, properties } = anAction(org, 1);
      await fixture.send(systemQueues.sqs, body, properties);
      await fixture.reject(systemQueues.sqs);
      await waitFor(async () => (await fixture.vhost.look(systemQueues.sqs))?.ready === 1);
      await fixture.start();
      expect(await fixture.taken(1)).toMatchObject([
        { orgId: org.id, messageId: properties.messageId, headers: properties.headers },
      ]);
    } finally {
      await fixture.close();
    }
  });
});

describe('queues that come and go with the orgs', () => {
  let fixture: ForwarderFixture;

  beforeAll(async () => {
    fixture = await ForwarderFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const consumersOf = async (org: TestOrg) => (await fixture.vhost.look(webhookQueue(org.name)))?.consumers;
  const stateOf = ({ name }: TestOrg) => {
    const states = fixture.running.flatMap((app) => app.get(ConsumerSupervisor).states());
    return states.flatMap(({ queues }) => queues).find(({ queue }) => queue === webhookQueue(name))?.state;
  };

  it('the queue of an org that gets a webhook while this runs is read, also when it is declared later', async () => {
    const org = await fixture.anOrg();
    await fixture.setBackend(org, 'push_backend_id', await fixture.aService(org, { name: 'webhook' }));
    await fixture.seen((catalogue) => catalogue.orgs.get(org.id)?.pushBackendId != null);
    await fixture.declareQueue(webhookQueue(org.name));
    const { body, properties } = anAction(org, 1);
    await fixture.send(webhookQueue(org.name), body, properties);
    expect(await fixture.taken(1, org.id)).toHaveLength(1);
  });

  it('a queue that is deleted and declared again is read again', async () => {
    const org = await fixture.aPushingOrg({ name: 'webhook' });
    await waitFor(async () => (await consumersOf(org)) === 1);
    await fixture.vhost.channel.deleteQueue(webhookQueue(org.name));
    // A quorum queue that is there again before the broker has told its readers keeps their ghosts.
    await waitFor(() => stateOf(org) !== 'consuming');
    await fixture.declareQueue(webhookQueue(org.name));
    const { body, properties } = anAction(org, 2);
    await fixture.send(webhookQueue(org.name), body, properties);
    expect(await fixture.taken(1, org.id)).toHaveLength(1);
  });

  it('one that was switched off is read on: what came before must not lie there', async () => {
    const org = await fixture.aPushingOrg({ name: 'webhook' });
    await waitFor(async () => (await consumersOf(org)) === 1);
    for (const column of ['push_backend_id', 'event_backend_id'] as const) await fixture.setBackend(org, column, null);
    await fixture.seen((catalogue) => catalogue.orgs.get(org.id)?.pushBackendId === null);
    const { body, properties } = anAction(org, 3);
    await fixture.send(webhookQueue(org.name), body, properties);
    expect(await fixture.taken(1, org.id)).toHaveLength(1);
  });

  it('after a rename the present queue is read, and the former one left for topology-service to empty', async () => {
    const org = await fixture.aPushingOrg({ name: 'webhook' });
    await waitFor(async () => (await consumersOf(org)) === 1);
    const renamed = { ...org, name: fixture.unique('renamed') };
    await fixture.declareQueue(webhookQueue(renamed.name));
    await fixture.sql.query('update catalog.orgs set name = $2 where id = $1', [org.id, renamed.name]);
    await waitFor(async () => (await consumersOf(renamed)) === 1);
    await waitFor(async () => (await consumersOf(org)) === 0);
    // As it was published under the former name, and moved.
    const { body, properties } = anAction(org, 4);
    fixture.vhost.channel.publish(
      exchanges.retry,
      webhookQueue(renamed.name),
      Buffer.from(JSON.stringify(body)),
      properties,
    );
    expect(await fixture.taken(1, org.id)).toMatchObject([{ orgId: org.id, actionId: 4 }]);
  });

  it('the queue of an org that is gone is read no more', async () => {
    const org = await fixture.aPushingOrg({ name: 'webhook' });
    await waitFor(async () => (await consumersOf(org)) === 1);
    await fixture.sql.query('delete from catalog.orgs where id = $1', [org.id]);
    await waitFor(async () => (await consumersOf(org)) === 0);
  });
});

describe('faults of the surroundings', () => {
  let fixture: ForwarderFixture;
  let org: TestOrg;

  beforeEach(async () => {
    fixture = await ForwarderFixture.create();
    org = await fixture.aPushingOrg({ name: 'webhook' });
    await fixture.start();
    await waitFor(async () => (await fixture.vhost.look(webhookQueue(org.name)))?.consumers === 1);
  });
  afterEach(() => fixture.close());

  const sendActions = async (from: number, count: number): Promise<void> => {
    const messages = Array.from({ length: count }, (_, index) => anAction(org, from + index));
    await fixture.vhost.send(
      webhookQueue(org.name),
      messages.map(({ body }) => body),
      (index) => messages[index]?.properties ?? {},
    );
  };
  const actionIds = async () => (await fixture.pushes(org.id)).map(({ actionId }) => actionId).sort((a, b) => a! - b!);
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  it('while the database is away messages stay in their queue; none is lost, parked or doubled', async () => {
    await sendActions(1, 10);
    await fixture.taken(10, org.id);
    fixture.databaseProxy.refuse();
    await sendActions(11, 30);
    await waitFor(async () => /consumer_pauses_total\{consumer="webhooks".*\} [1-9]/.test(await fixture.metricsText()));
    expect(await fixture.pushes(org.id)).toHaveLength(10);
    fixture.databaseProxy.accept();
    await fixture.taken(40, org.id);
    expect(await actionIds()).toEqual(upTo(40));
    expect(await fixture.parked()).toEqual([]);
  });

  it('connections to the broker cut in the middle lose and double nothing', async () => {
    await sendActions(1, 300);
    await fixture.taken(20, org.id);
    await waitFor(async () => (await fixture.vhost.closeConnections('crm-forwarder')) > 0);
    await fixture.taken(300, org.id);
    await waitFor(async () => (await fixture.vhost.look(webhookQueue(org.name)))?.ready === 0);
    expect(await actionIds()).toEqual(upTo(300));
    expect(await fixture.parked()).toEqual([]);
  });

  it('once stopped it leaves what comes in its queue', async () => {
    for (const app of fixture.running) await fixture.stop(app);
    await waitFor(async () => (await fixture.vhost.look(webhookQueue(org.name)))?.consumers === 0);
    await sendActions(1, 1);
    expect(await fixture.vhost.look(webhookQueue(org.name))).toEqual({ ready: 1, consumers: 0 });
  });
});
