import { randomUUID } from 'node:crypto';
import { exchanges, requestQueue, type CrmForwarderRequestV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { ForwarderFixture, type TestOrg } from './forwarder-fixture';

let fixture: ForwarderFixture;

beforeAll(async () => {
  fixture = await ForwarderFixture.create();
  await fixture.vhost.declareQueue('answers', { exchange: exchanges.reply, key: 'answers' });
  await fixture.start();
});
afterAll(() => fixture.close());

type Asked = CrmForwarderRequestV1 extends infer One
  ? One extends unknown
    ? Omit<One, 'schema' | 'id'>
    : never
  : never;

const refused = { ok: false, code: 'push.not_found' };
const changed = { ok: true, value: { outcome: 'changed' } };
const unchanged = { ok: true, value: { outcome: 'unchanged' } };

/** Over the broker, as the gateway asks. */
async function replyTo(asked: Asked): Promise<unknown> {
  const id = randomUUID();
  const properties = { messageId: id, replyTo: 'answers', correlationId: id };
  await fixture.send(requestQueue('crm-forwarder'), { schema: 'groundswell:request:1', id, ...asked }, properties);
  const [message] = await waitFor(async () => {
    const drained = await fixture.vhost.drain('answers');
    return drained.length > 0 && drained;
  });
  expect(message?.properties.correlationId).toBe(id);
  return JSON.parse(message!.content.toString('utf8'));
}

/** Of an org without backends, so that nobody is called. */
async function aPush(org: TestOrg, columns: Record<string, unknown> = {}): Promise<string> {
  const push = { org_id: org.id, message_id: fixture.unique('action'), kind: 'action', body: '{}', ...columns };
  return String(await fixture.insert('forwarder.pushes', push));
}

const statesOf = async ({ id }: TestOrg): Promise<string[]> => (await fixture.pushes(id)).map(({ state }) => state);

it('a push that failed is replayed once', async () => {
  const org = await fixture.anOrg();
  const pushId = await aPush(org, { state: 'failed', attempts: 9 });
  expect(await replyTo({ kind: 'replay_push', orgId: org.id, pushId })).toEqual(changed);
  expect(await statesOf(org)).toEqual(['waiting']);
  expect(await replyTo({ kind: 'replay_push', orgId: null, pushId })).toEqual(unchanged);
});

it('a push is dropped once', async () => {
  const org = await fixture.anOrg();
  const pushId = await aPush(org);
  expect(await replyTo({ kind: 'drop_push', orgId: org.id, pushId })).toEqual(changed);
  expect(await statesOf(org)).toEqual(['dropped']);
  expect(await replyTo({ kind: 'drop_push', orgId: org.id, pushId })).toEqual(unchanged);
});

it('of an org all that failed is replayed, or what was taken over in a time', async () => {
  const [org, another] = [await fixture.anOrg(), await fixture.anOrg()];
  const takenAt = (hour: number) => `2026-11-20T1${hour}:00:00.000Z`;
  for (const hour of [0, 1, 2]) await aPush(org, { state: 'failed', taken_at: takenAt(hour), ended_at: takenAt(hour) });
  await aPush(another, { state: 'failed', taken_at: takenAt(1) });
  const range = { from: takenAt(1), to: takenAt(2) };
  expect(await replyTo({ kind: 'replay_failed', orgId: org.id, ...range })).toEqual({ ok: true, value: { count: 1 } });
  expect(await statesOf(org)).toEqual(['failed', 'waiting', 'failed']);
  expect(await replyTo({ kind: 'replay_failed', orgId: org.id })).toEqual({ ok: true, value: { count: 2 } });
  expect(await statesOf(org)).toEqual(['waiting', 'waiting', 'waiting']);
  expect(await statesOf(another)).toEqual(['failed']);
});

it('a disabled endpoint is enabled once', async () => {
  const org = await fixture.aPushingOrg({ name: 'webhook' });
  const { serviceId } = org;
  await fixture.sql.query(
    `insert into forwarder.endpoints (service_id, org_id, disabled_at, disabled_reason) values ($1, $2, now(), 'HTTP 410')`,
    [serviceId, org.id],
  );
  expect(await replyTo({ kind: 'enable_endpoint', orgId: org.id, serviceId })).toEqual(changed);
  expect(await replyTo({ kind: 'enable_endpoint', orgId: org.id, serviceId })).toEqual(unchanged);
});

it('what is not there, or of another org, is refused', async () => {
  const [org, another] = [await fixture.anOrg(), await fixture.aPushingOrg({ name: 'webhook' })];
  const pushId = await aPush(another, { state: 'failed' });
  const orgId = org.id;
  const { serviceId } = another;
  for (const asked of [
    { kind: 'replay_push', orgId, pushId },
    { kind: 'drop_push', orgId, pushId },
    { kind: 'drop_push', orgId: null, pushId: '999999999' },
    { kind: 'enable_endpoint', orgId, serviceId },
  ] as const) {
    expect(await replyTo(asked)).toMatchObject(refused);
  }
  expect(await statesOf(another)).toEqual(['failed']);
});
