import { waitFor } from '@groundswell/testing';
import { ObservePushesTask } from '../../src/pushing/observe-pushes.task';
import { PushControl } from '../../src/pushing/push-control';
import { ForwarderFixture } from './forwarder-fixture';
import { OrgEndpoint } from './org-endpoint';
import { allAre, attemptsOf, endpointOf, onePush, somePushes } from './pushes';

let fixture: ForwarderFixture;
let endpoint: OrgEndpoint;
let control: PushControl;

beforeAll(async () => {
  fixture = await ForwarderFixture.create();
  control = (await fixture.start({ PUSH_RETRY_FIRST_MS: '60000' })).get(PushControl);
});
afterAll(() => fixture.close());

beforeEach(async () => (endpoint = await OrgEndpoint.start()));
afterEach(() => endpoint.stop());

const anOrg = () => fixture.aPushingOrg({ name: 'webhook', host: endpoint.url });

it('a push is delivered under its id, and keeps no body', async () => {
  const org = await anOrg();
  const id = await onePush(fixture, org, { headers: '{"stage":"deliver"}', subject_ref: Buffer.from('person') });
  const [row] = await allAre(fixture, org, 'delivered');
  expect(row).toMatchObject({ attempts: 1, body: null, headers: {}, lastError: null });
  expect(endpoint.received).toMatchObject([{ id, body: JSON.stringify({ schema: 'proca:action:2', messageId: id }) }]);
  expect(await attemptsOf(fixture, org)).toMatchObject([
    { attempt: 1, outcome: 'delivered', status: 200, error: null },
  ]);
});

it('what comes again is known, however long ago it was delivered', async () => {
  const org = await anOrg();
  const id = await onePush(fixture, org);
  await allAre(fixture, org, 'delivered');
  const again = onePush(fixture, org, { message_id: id });
  await expect(again).rejects.toThrow(/unique/);
});

it('a push that fails is tried on the schedule, ten times, and then kept as failed', async () => {
  endpoint.answers(500);
  const org = await anOrg();
  const id = await onePush(fixture, org);
  // Twelve times as long as usual, by PUSH_RETRY_FIRST_MS: none of them is over while the test looks.
  const minutes = [5 / 60, 5, 30, 120, 300, 600, 840, 1_200, 1_440].map((usual) => 12 * usual);
  for (let made = 1; made <= 10; made += 1) {
    const [row] = await waitFor(async () => {
      const rows = await fixture.pushes(org.id);
      return rows[0]?.attempts === made && rows;
    });
    const wait = minutes[made - 1];
    if (wait === undefined) break;
    expect(row).toMatchObject({ state: 'waiting', lastError: 'HTTP 500' });
    // The wait is written with the end of the attempt; a slow test may see it some seconds later.
    const dueS = await secondsUntilDue(org.id);
    expect(dueS).toBeLessThanOrEqual(wait * 60 * 1.2);
    expect(dueS).toBeGreaterThan(wait * 60 * 0.8 - 30);
    await fixture.sql.query('delete from forwarder.endpoints where service_id = $1', [org.serviceId]);
    await fixture.sql.query('update forwarder.pushes set due_at = now() where org_id = $1', [org.id]);
  }
  expect(await fixture.pushes(org.id)).toMatchObject([{ state: 'failed', attempts: 10, lastError: 'HTTP 500' }]);
  expect(endpoint.ids).toEqual(new Array(10).fill(id));
  expect((await attemptsOf(fixture, org)).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    ...minutes.map((_, at) => [at + 1, 'retry']),
    [10, 'failed'],
  ]);
});

it('a message is tried again when its endpoint asks for it', async () => {
  endpoint.answers({ status: 500, headers: { 'retry-after': '3600' } });
  const org = await anOrg();
  await onePush(fixture, org);
  await waitFor(async () => (await attemptsOf(fixture, org)).length > 0);
  expect(await fixture.pushes(org.id)).toMatchObject([{ state: 'waiting', attempts: 1 }]);
  expect(await secondsUntilDue(org.id)).toBeGreaterThan(3_500);
});

it('an endpoint that asks for time rests, and no attempt of a message is used up', async () => {
  endpoint.answers({ status: 429, headers: { 'retry-after': '3600' } });
  const org = await anOrg();
  await somePushes(fixture, org, 5);
  const resting = await waitFor(async () => {
    const row = await endpointOf(fixture, org);
    return row?.restsInRow ? row : undefined;
  });
  expect(resting.restS).toBeGreaterThan(3_500);
  const rows = await allAre(fixture, org, 'waiting');
  expect(rows.map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0]);
  expect(endpoint.received.length).toBeLessThanOrEqual(2);
});

it('an org without a backend loses nothing: what waits goes out once it has one', async () => {
  const org = await fixture.anOrg();
  const id = await onePush(fixture, org);
  await waitFor(async () =>
    (await fixture.pushes(org.id)).every(({ lastError }) => lastError === 'the org has no push backend'),
  );
  expect(await fixture.pushes(org.id)).toMatchObject([{ state: 'waiting', attempts: 0 }]);
  const serviceId = await fixture.aService(org, { name: 'webhook', host: endpoint.url });
  await fixture.setBackend(org, 'push_backend_id', serviceId);
  await allAre(fixture, org, 'delivered');
  expect(endpoint.ids).toEqual([id]);
});

it('actions and events go to the service of each', async () => {
  const org = await anOrg();
  const ofEvents = await fixture.aService(org, { name: 'webhook', host: `${endpoint.url}/events` });
  await fixture.setBackend(org, 'event_backend_id', ofEvents);
  const action = await onePush(fixture, org);
  const event = await onePush(fixture, org, { kind: 'event' });
  const system = await onePush(fixture, org, { kind: 'system' });
  await allAre(fixture, org, 'delivered');
  expect(new Map(endpoint.received.map(({ id, path }) => [id, path]))).toEqual(
    new Map([
      [action, '/'],
      [event, '/events'],
      [system, '/'],
    ]),
  );
});

it('a system event goes to the service of events where the org pushes no actions', async () => {
  const org = await fixture.anOrg();
  const ofEvents = await fixture.aService(org, { name: 'webhook', host: `${endpoint.url}/events` });
  await fixture.setBackend(org, 'event_backend_id', ofEvents);
  const system = await onePush(fixture, org, { kind: 'system' });
  await allAre(fixture, org, 'delivered');
  expect(endpoint.received.map(({ id, path }) => [id, path])).toEqual([[system, '/events']]);
});

it('a changed address counts at once, for what waits behind calls under way too', async () => {
  const moved = await OrgEndpoint.start();
  try {
    endpoint.hangs();
    const org = await anOrg();
    await somePushes(fixture, org, 12);
    await waitFor(() => endpoint.held.size === 2);
    await fixture.sql.query('update catalog.services set host = $2, password = $3 where id = $1', [
      org.serviceId,
      moved.url,
      fixture.seal('Bearer new'),
    ]);
    endpoint.release();
    await allAre(fixture, org, 'delivered');
    expect(endpoint.received).toHaveLength(2);
    expect(moved.received).toHaveLength(10);
    expect(new Set(moved.received.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer new']));
  } finally {
    await moved.stop();
  }
});

it('new settings end a rest', async () => {
  endpoint.answers({ status: 429, headers: { 'retry-after': '3600' } });
  const org = await anOrg();
  await onePush(fixture, org);
  await waitFor(async () => (await endpointOf(fixture, org))?.restsInRow);
  endpoint.answers(200);
  await fixture.sql.query('update catalog.services set host = $2 where id = $1', [
    org.serviceId,
    `${endpoint.url}/new`,
  ]);
  await allAre(fixture, org, 'delivered');
  expect(await endpointOf(fixture, org)).toMatchObject({ restsInRow: 0, restS: null });
  expect(endpoint.received.at(-1)?.path).toBe('/new');
});

it('what became of pushes, and what waits, is measured', async () => {
  const org = await anOrg();
  await onePush(fixture, org);
  await allAre(fixture, org, 'delivered');
  const idle = await fixture.anOrg();
  await somePushes(fixture, idle, 3, { taken_at: new Date(Date.now() - 60_000) });
  await fixture.running[0]?.get(ObservePushesTask).run();
  const text = await fixture.metricsText();
  expect(text).toMatch(/^groundswell_push_attempts_total\{backend="webhook",outcome="delivered".*\} [1-9]/m);
  const [{ waiting }] = (
    await fixture.sql.query(`select count(*)::int as waiting from forwarder.pushes where state = 'waiting'`)
  ).rows as [{ waiting: number }];
  expect(text).toMatch(new RegExp(`^groundswell_push_waiting\\{.*\\} ${waiting}$`, 'm'));
  expect(Number(/^groundswell_push_oldest_waiting_seconds\{.*\} ([\d.]+)$/m.exec(text)?.[1])).toBeGreaterThan(59);
});

it('signs with the secrets of the service, the previous one until its time is over', async () => {
  const org = await anOrg();
  const [secret, previous] = ['a', 'b'].map((letter) => `whsec_${Buffer.alloc(24, letter).toString('base64')}`);
  await fixture.sql.query(
    `update catalog.services set signing_secret = $2, previous_signing_secret = $3,
            previous_secret_until = now() + interval '1 hour' where id = $1`,
    [org.serviceId, fixture.seal(secret as string), fixture.seal(previous as string)],
  );
  await onePush(fixture, org);
  await allAre(fixture, org, 'delivered');
  await fixture.sql.query(`update catalog.services set previous_secret_until = now() where id = $1`, [org.serviceId]);
  await onePush(fixture, org);
  await allAre(fixture, org, 'delivered');
  const signatures = endpoint.received.map(({ headers }) => String(headers['webhook-signature']).split(' ').length);
  expect(signatures).toEqual([2, 1]);
});

it('a password that does not open is said, and uses up nothing', async () => {
  const org = await anOrg();
  await fixture.sql.query(`update catalog.services set password = 'gs1:AAAAAAAA:AAAA' where id = $1`, [org.serviceId]);
  await onePush(fixture, org);
  const [row] = await waitFor(async () => {
    const rows = await fixture.pushes(org.id);
    return rows[0]?.lastError ? rows : undefined;
  });
  expect(row).toMatchObject({ state: 'waiting', attempts: 0, lastError: expect.stringContaining('cannot be opened') });
  expect(endpoint.received).toHaveLength(0);
});

describe('what people do', () => {
  const failed = { state: 'failed', attempts: 10, ended_at: new Date() };

  it('a push that failed is replayed, under its id', async () => {
    const org = await anOrg();
    const id = await onePush(fixture, org, failed);
    const [row] = await fixture.pushes(org.id);
    expect(await control.replay(org.id, String(row?.id))).toBe('changed');
    await allAre(fixture, org, 'delivered');
    expect(endpoint.ids).toEqual([id]);
    expect(await control.replay(org.id, String(row?.id))).toBe('unchanged');
  });

  it('all that failed, or a range of it, is replayed', async () => {
    const org = await anOrg();
    await somePushes(fixture, org, 2, { ...failed, taken_at: '2026-01-01T12:00:00Z' });
    await somePushes(fixture, org, 3, { ...failed, taken_at: '2026-01-02T00:00:00Z' });
    expect(await control.replayFailed(org.id, { to: new Date('2026-01-02T00:00:00Z') })).toBe(2);
    expect(await control.replayFailed(org.id, { from: new Date('2026-01-02T00:00:00.001Z') })).toBe(0);
    expect(await control.replayFailed(org.id)).toBe(3);
    await allAre(fixture, org, 'delivered');
    expect(new Set(endpoint.ids).size).toBe(5);
  });

  it("nobody touches another org's", async () => {
    const [org, other] = [await anOrg(), await anOrg()];
    await onePush(fixture, org, failed);
    const [row] = await fixture.pushes(org.id);
    const id = String(row?.id);
    expect(await control.replay(other.id, id)).toBe('not_found');
    expect(await control.drop(other.id, id)).toBe('not_found');
    expect(await control.enable(other.id, org.serviceId)).toBe('not_found');
    expect(await control.replay(null, 'x')).toBe('not_found');
    expect(await control.drop(null, id)).toBe('changed');
    expect(await fixture.pushes(org.id)).toMatchObject([{ state: 'dropped', body: null }]);
  });
});

describe('erasure', () => {
  const ref = Buffer.from('somebody');
  const erase = (orgId: number) =>
    fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [orgId, ref]);

  it('drops what waits or failed without a call, and what the endpoint said of what was delivered', async () => {
    const org = await anOrg();
    const before = { subject_ref: ref, subject_at: new Date(Date.now() - 1_000) };
    await onePush(fixture, org, before);
    await allAre(fixture, org, 'delivered');
    await fixture.sql.query(`update forwarder.push_attempts set excerpt = 'thanks, Zoë' where org_id = $1`, [org.id]);
    await onePush(fixture, org, { ...before, state: 'failed', attempts: 10, ended_at: new Date() });
    await onePush(fixture, org, { ...before, due_at: new Date(Date.now() + 3_600_000) });
    await erase(org.id);
    await waitFor(async () => {
      const states = (await fixture.pushes(org.id)).map(({ state }) => state);
      return states.join() === 'delivered,dropped,dropped';
    });
    await waitFor(async () => (await attemptsOf(fixture, org))[0]?.excerpt === null);
    // Whom they were about goes a moment after what they said.
    await waitFor(async () => {
      const kept = (await fixture.pushes(org.id)).map(({ body, subjectRef }) => [body, subjectRef]);
      expect(kept).toEqual(new Array(3).fill([null, null]));
      return true;
    });
  });

  it('takes what is parked of them too, and nothing of what they did afterwards', async () => {
    const org = await anOrg();
    const park = (messageId: string, createdAt: string) =>
      fixture.insert('forwarder.parked', {
        queue: `${org.name}.crm`,
        message_id: messageId,
        reason: 'no way home',
        headers: { org_id: org.id },
        body: Buffer.from(
          JSON.stringify({ action: { createdAt }, contact: { contactRef: ref.toString('base64url') }, messageId }),
        ),
      });
    const [before, after] = [fixture.unique('before'), fixture.unique('after')];
    await park(before, '2026-01-01T00:00:00Z');
    await park(after, '2999-01-01T00:00:00Z');
    await erase(org.id);
    const parked = async () => (await fixture.parked()).map(({ messageId }) => messageId);
    await waitFor(async () => !(await parked()).includes(before));
    expect(await parked()).toContain(after);
  });
});

it('nothing is left to push for an org that is gone', async () => {
  const org = await fixture.anOrg();
  await onePush(fixture, org);
  await onePush(fixture, org, { state: 'failed', ended_at: new Date() });
  await fixture.sql.query('delete from catalog.orgs where id = $1', [org.id]);
  const rows = await allAre(fixture, org, 'dropped');
  expect(rows).toMatchObject([
    { body: null, lastError: 'the org is gone' },
    { body: null, lastError: 'the org is gone' },
  ]);
});

it('old attempts go, and whom they were about; what was pushed stays known', async () => {
  const org = await anOrg();
  const id = await onePush(fixture, org, { subject_ref: Buffer.from('x') });
  await allAre(fixture, org, 'delivered');
  await fixture.sql.query(`update forwarder.pushes set ended_at = now() - interval '31 days' where org_id = $1`, [
    org.id,
  ]);
  await fixture.sql.query(
    `update forwarder.push_attempts set attempted_at = now() - interval '31 days' where org_id = $1`,
    [org.id],
  );
  await waitFor(async () => (await attemptsOf(fixture, org)).length === 0);
  expect(await fixture.pushes(org.id)).toMatchObject([{ messageId: id, state: 'delivered', subjectRef: null }]);
});

async function secondsUntilDue(orgId: number): Promise<number> {
  const { rows } = await fixture.sql.query<{ s: number }>(
    'select extract(epoch from due_at - now())::float8 as s from forwarder.pushes where org_id = $1',
    [orgId],
  );
  return rows[0]?.s ?? NaN;
}
