import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { systemQueues, type MailRequestV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { PushControl } from '../../src/pushing/push-control';
import { PushSender } from '../../src/pushing/push-sender';
import { ForwarderFixture, type TestOrg } from './forwarder-fixture';
import { OrgEndpoint } from './org-endpoint';
import { allAre, attemptsOf, disabled, endpointOf, onePush, somePushes } from './pushes';

let fixture: ForwarderFixture;
let endpoint: OrgEndpoint;
const apps: NestFastifyApplication[] = [];

beforeAll(async () => (fixture = await ForwarderFixture.create()));
afterAll(() => fixture.close());

beforeEach(async () => (endpoint = await OrgEndpoint.start()));
afterEach(async () => {
  endpoint.release();
  for (const app of apps.splice(0)) await fixture.stop(app);
  await endpoint.stop();
});

/** Waits are short. */
async function start(variables: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const app = await fixture.start({
    PUSH_RETRY_FIRST_MS: '20',
    ...variables,
  });
  apps.push(app);
  return app;
}

const anOrg = () => fixture.aPushingOrg({ name: 'webhook', host: endpoint.url });

/** As after some failures. */
const restsFor = ({ id, serviceId }: TestOrg & { serviceId: number }, ms: number) =>
  fixture.sql.query(
    `insert into forwarder.endpoints (service_id, org_id, failures_in_row, failing_since, last_failure_at, rests_in_row,
                                      rests_until, settings_version)
     select id, $2, 3, now(), now(), 1, now() + $3 * interval '1 millisecond', xmin::text
       from catalog.services where id = $1`,
    [serviceId, id, ms],
  );

/** All mails about an org's endpoint that were asked for. */
async function noticesTo(org: TestOrg, atLeast: number): Promise<MailRequestV1[]> {
  const found: MailRequestV1[] = [];
  await waitFor(async () => {
    const drained = await fixture.vhost.drain(systemQueues.emailRequest);
    found.push(...drained.map(({ content }) => JSON.parse(content.toString('utf8')) as MailRequestV1));
    return found.length >= atLeast;
  });
  return found.filter(({ data }) => (data['org'] as { name: string }).name === org.name);
}

describe('an endpoint that is gone', () => {
  it('is not called again, its owners are told once, and nothing is lost', async () => {
    const app = await start();
    const org = await anOrg();
    const owners = [await fixture.aStaffer(org), await fixture.aStaffer(org)];
    await fixture.aStaffer(org, 'campaigner');
    endpoint.answers(410);
    await somePushes(fixture, org, 5);
    expect(await disabled(fixture, org)).toMatchObject({ disabledReason: expect.stringContaining('410') });
    await allAre(fixture, org, 'waiting');
    const calls = endpoint.received.length;
    const later = await onePush(fixture, org);
    const rows = await waitFor(async () => {
      const found = await fixture.pushes(org.id);
      return found.every(({ lastError }) => lastError?.startsWith('the endpoint is disabled')) && found;
    });
    expect(rows.map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(endpoint.received).toHaveLength(calls);

    const mails = await noticesTo(org, 2);
    expect(mails.map(({ to }) => to.email).sort()).toEqual(owners.map(({ email }) => email).sort());
    for (const { kind, purpose, data } of mails) {
      expect(kind).toBe('push_endpoint_disabled');
      expect(purpose).toMatch(new RegExp(`^push:disabled:${org.serviceId}:\\d+:\\d+$`));
      expect(data).toMatchObject({ subjectId: org.serviceId, message: expect.stringContaining('410') });
    }

    const { rows: facts } = await fixture.sql.query(
      `select message_id from (select message_id from forwarder.outbox union all select message_id from forwarder.outbox_sent) m
        where message_id like 'endpoint-disabled:' || $1::bigint || ':%'`,
      [org.serviceId],
    );
    expect(facts).toHaveLength(1);

    endpoint.answers(204);
    expect(await app.get(PushControl).enable(org.id, org.serviceId)).toBe('changed');
    expect(await app.get(PushControl).enable(org.id, org.serviceId)).toBe('unchanged');
    await allAre(fixture, org, 'delivered');
    expect(endpoint.ids).toContain(later);
    expect(await noticesTo(org, 0)).toEqual([]);
  });

  it('new settings alone do not enable it', async () => {
    const app = await start();
    const org = await anOrg();
    endpoint.answers(410);
    await onePush(fixture, org);
    await disabled(fixture, org);
    endpoint.answers(200);
    await fixture.sql.query('update catalog.services set host = $2 where id = $1', [
      org.serviceId,
      `${endpoint.url}/new`,
    ]);
    await onePush(fixture, org);
    await waitFor(async () => (await fixture.pushes(org.id)).every(({ lastError }) => lastError !== null));
    expect(endpoint.received).toHaveLength(1);
    await app.get(PushControl).enable(null, org.serviceId);
    await allAre(fixture, org, 'delivered');
    expect(endpoint.received.slice(1).map(({ path }) => path)).toEqual(['/new', '/new']);
  });
});

it('a message that its endpoint refuses uses up its attempts, and its neighbours go on', async () => {
  await start();
  const org = await anOrg();
  const bad = await onePush(fixture, org);
  endpoint.answers(({ id }) => ({ status: id === bad ? 403 : 200 }));
  await somePushes(fixture, org, 5);
  await waitFor(async () => (await fixture.pushes(org.id)).filter(({ state }) => state === 'delivered').length === 5);
  const attemptsOfBad = async () => (await fixture.pushes(org.id)).find(({ messageId }) => messageId === bad)?.attempts;
  await waitFor(async () => ((await attemptsOfBad()) ?? 0) > 1);
});

it('an endpoint that fails all the while is disabled, and its owners told once by however many replicas', async () => {
  const replicas = { PUSH_DISABLE_AFTER_MS: '1000' };
  await Promise.all([start(replicas), start(replicas)]);
  const org = await anOrg();
  await fixture.aStaffer(org);
  endpoint.answers(429);
  await somePushes(fixture, org, 6);
  expect(await disabled(fixture, org)).toMatchObject({ disabledReason: expect.stringMatching(/^no success since/) });
  const rows = await allAre(fixture, org, 'waiting');
  expect(rows.map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0, 0]);
  // Two at first of each replica, and one after each rest.
  expect(endpoint.received.length).toBeLessThan(12);
  expect(await noticesTo(org, 1)).toHaveLength(1);
  const calls = endpoint.received.length;
  await onePush(fixture, org);
  await waitFor(async () =>
    (await fixture.pushes(org.id)).every(({ lastError }) => lastError?.startsWith('the endpoint')),
  );
  expect(endpoint.received).toHaveLength(calls);
  expect(await noticesTo(org, 0)).toEqual([]);
});

it('a success in between begins the time anew', async () => {
  await start({ PUSH_DISABLE_AFTER_MS: '3600000' });
  const org = await anOrg();
  await restsFor(org, 0);
  await fixture.sql.query(
    `update forwarder.endpoints set failing_since = now() - interval '2 hours' where service_id = $1`,
    [org.serviceId],
  );
  await onePush(fixture, org);
  await allAre(fixture, org, 'delivered');
  endpoint.answers(429);
  await onePush(fixture, org);
  await waitFor(async () => ((await endpointOf(fixture, org))?.failuresInRow ?? 0) > 1);
  expect(await endpointOf(fixture, org)).toMatchObject({ disabledAt: null });
  await fixture.sql.query(
    `update forwarder.endpoints set failing_since = now() - interval '2 hours' where service_id = $1`,
    [org.serviceId],
  );
  await disabled(fixture, org);
});

it('after a rest one call tries, whichever replica makes it', async () => {
  await Promise.all([start(), start()]);
  const [org, other] = [await anOrg(), await anOrg()];
  endpoint.answers(({ path }) => (path === '/other' ? { status: 200 } : 'hold'));
  await fixture.sql.query('update catalog.services set host = $2 where id = $1', [
    other.serviceId,
    `${endpoint.url}/other`,
  ]);
  await restsFor(org, 300);
  await somePushes(fixture, org, 8);
  await waitFor(() => endpoint.held.size > 0);
  // By then both have looked again.
  await somePushes(fixture, other, 20);
  await allAre(fixture, other, 'delivered');
  expect(endpoint.held.size).toBe(1);
  endpoint.answers(200);
  endpoint.release();
  await allAre(fixture, org, 'delivered');
  expect(endpoint.mostOfOne).toBe(1);
});

describe('endpoints that hang', () => {
  it('hold up nobody else, and hold few calls', async () => {
    await start();
    const answering = await OrgEndpoint.start();
    try {
      const [silent, org] = [await anOrg(), await fixture.aPushingOrg({ name: 'webhook', host: answering.url })];
      endpoint.hangs();
      await somePushes(fixture, silent, 40);
      await waitFor(() => endpoint.held.size === 2);
      await somePushes(fixture, org, 40);
      await allAre(fixture, org, 'delivered');
      expect(endpoint.held.size).toBe(2);
      expect(endpoint.received).toHaveLength(2);
      expect(answering.received).toHaveLength(40);
      expect(answering.mostAtOnce).toBeLessThanOrEqual(4);
    } finally {
      await answering.stop();
    }
  });

  it('leave room for those that answer, however many there are', async () => {
    await start({ CALLS_AT_ONCE: '8' });
    const answering = await OrgEndpoint.start();
    try {
      const org = await fixture.aPushingOrg({ name: 'webhook', host: answering.url });
      await somePushes(fixture, org, 3);
      await allAre(fixture, org, 'delivered');
      endpoint.hangs();
      for (let silent = 0; silent < 5; silent += 1) await somePushes(fixture, await anOrg(), 10);
      await waitFor(() => endpoint.held.size === 6);
      await somePushes(fixture, org, 40);
      await allAre(fixture, org, 'delivered');
      expect(endpoint.received).toHaveLength(6);
      expect(answering.received).toHaveLength(43);
    } finally {
      await answering.stop();
    }
  });
});

it('two replicas never push one message at the same time', async () => {
  await Promise.all([start(), start()]);
  const orgs = [await anOrg(), await anOrg()];
  let calls = 0;
  endpoint.answers(() => ({ status: (calls += 1) % 7 === 0 ? 500 : 200 }));
  for (const org of orgs) await somePushes(fixture, org, 60);
  for (const org of orgs) await allAre(fixture, org, 'delivered');
  expect(endpoint.mostOfOne).toBe(1);
  const counts = new Map<string, number>();
  for (const id of endpoint.ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  expect(counts.size).toBe(120);
  // Each failure is one call more.
  expect(endpoint.received).toHaveLength(120 + Math.floor(calls / 7));
});

it('what a killed sender left is pushed again under its id, and a sender that comes late changes nothing', async () => {
  await start();
  const org = await anOrg();
  endpoint.hangs();
  const id = await onePush(fixture, org);
  await waitFor(() => endpoint.held.size === 1);
  endpoint.answers(200);
  // As if its process were gone for as long as the lease lasts.
  await fixture.sql.query(`update forwarder.pushes set claimed_until = now() where org_id = $1`, [org.id]);
  await allAre(fixture, org, 'delivered');
  expect(endpoint.ids).toEqual([id, id]);
  endpoint.release(410);
  const [app] = apps.splice(0);
  await fixture.stop(app as NestFastifyApplication);
  expect(await fixture.pushes(org.id)).toMatchObject([{ state: 'delivered', attempts: 1, body: null }]);
  expect(await attemptsOf(fixture, org)).toHaveLength(1);
  expect(await endpointOf(fixture, org)).toMatchObject({ disabledAt: null });
});

it('a stop waits for calls under way, writes their ends, and begins none', async () => {
  const app = await start();
  apps.length = 0;
  const org = await anOrg();
  endpoint.hangs();
  await somePushes(fixture, org, 6);
  await waitFor(() => endpoint.held.size === 2);
  const stop = jest.spyOn(app.get(PushSender), 'stop');
  const stopping = fixture.stop(app);
  await waitFor(() => stop.mock.calls.length === 1);
  endpoint.release();
  await stopping;
  expect(endpoint.received).toHaveLength(2);
  const states = (await fixture.pushes(org.id)).map(({ state }) => state);
  expect(states.filter((state) => state === 'delivered')).toHaveLength(2);
  expect(states.filter((state) => state === 'waiting')).toHaveLength(4);
  endpoint.answers(200);
  await start();
  await allAre(fixture, org, 'delivered');
  expect(endpoint.received).toHaveLength(6);
});

it('what was accepted before its person was erased is dropped just before the call', async () => {
  await start({ TIDY_INTERVAL: '600000' });
  const org = await anOrg();
  const ref = Buffer.from('somebody');
  await fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [org.id, ref]);
  const given = (ms: number) => ({ subject_ref: ref, subject_at: new Date(Date.now() + ms) });
  await onePush(fixture, org, given(-60_000));
  const later = await onePush(fixture, org, given(60_000));
  const rows = await waitFor(async () => {
    const found = await fixture.pushes(org.id);
    return found.map(({ state }) => state).join() === 'dropped,delivered' && found;
  });
  expect(rows[0]).toMatchObject({ body: null, lastError: 'erased', attempts: 0 });
  expect(endpoint.ids).toEqual([later]);
});
