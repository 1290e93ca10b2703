import { crmForwarderRequestV1, exchanges } from '@groundswell/contracts';
import { adminMask } from '@groundswell/domain';
import { Rpc } from '@groundswell/messaging';
import { waitFor } from '@groundswell/testing';
import { FixesWorld, problemsOf, unique, type Org, type Person } from './fixes.fixture';
import type { RunningGateway } from './gateway.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

const mutations = {
  enable: 'mutation ($org: String!, $id: Int!) { answer: enablePushEndpoint(orgName: $org, id: $id) }',
  replay: 'mutation ($org: String!, $id: ID!) { answer: replayPush(orgName: $org, id: $id) }',
  drop: 'mutation ($org: String!, $id: ID!) { answer: dropPush(orgName: $org, id: $id) }',
  replayFailed: `mutation ($org: String!, $from: DateTime, $to: DateTime) {
    answer: replayFailedPushes(orgName: $org, from: $from, to: $to) { count } }`,
};

let world: FixesWorld;
let gateway: RunningGateway;
let org: Org;
let admin: Person;
const crmForwarder = new ServiceStandIn('crm-forwarder', crmForwarderRequestV1);
const { asked } = crmForwarder;

beforeAll(async () => {
  world = await FixesWorld.start();
  gateway = world.gateway;
  org = await world.addOrg();
  admin = await world.person(adminMask);
  await world.fleet.vhost.declareExchange(exchanges.reply);
  await waitFor(() => gateway.app.get(Rpc).isOpen);
});
afterAll(() => world.fleet.close());
beforeEach(() => crmForwarder.beginAnew());

const post = (query: string, variables: object, token = org.owner.token) =>
  gateway.post(query, { org: org.name, ...variables }, token);

describe('while crm-forwarder is away', () => {
  it('a change is unavailable at once, and yet written down', async () => {
    const { errors } = await post(mutations.drop, { id: '99' });
    expect(errors).toMatchObject([
      {
        message: 'Temporarily unavailable, please retry',
        extensions: { code: 'unavailable', service: 'crm-forwarder', retryAfterSeconds: 5 },
      },
    ]);
    expect(errors?.[0]?.extensions).not.toHaveProperty('waitedMs');
    expect(await world.auditsOf('push', '99')).toEqual([{ operation: 'dropPush', orgId: org.id }]);
  });
});

describe('what is asked of crm-forwarder', () => {
  beforeAll(() => crmForwarder.start(world));

  it.each([
    ['replayPush', mutations.replay, 'replay_push'],
    ['dropPush', mutations.drop, 'drop_push'],
  ] as const)('%s is about one push of the org', async (operation, mutation, kind) => {
    expect((await post(mutation, { id: '17' })).data).toEqual({ answer: 'SUCCESS' });
    expect(asked).toMatchObject([{ kind, orgId: org.id, pushId: '17' }]);
    expect(await world.auditsOf('push', '17')).toContainEqual({ operation, orgId: org.id });
    crmForwarder.reply = { ok: true, value: { outcome: 'unchanged' } };
    expect((await post(mutation, { id: '17' })).data).toEqual({ answer: 'NOOP' });
    crmForwarder.reply = { ok: false, code: 'push.not_found', text: 'there is no such push' };
    expect(problemsOf(await post(mutation, { id: '18' }))).toEqual(['not_found: Entity not found at answer']);
  });

  it('enablePushEndpoint is about a service of the own org', async () => {
    const id = await world.fleet.insert('services', { org_id: org.id, name: 'webhook' });
    const foreign = await world.fleet.insert('services', { org_id: world.lead.id, name: 'webhook' });
    await gateway.catalogue.refresh();
    expect((await post(mutations.enable, { id })).data).toEqual({ answer: 'SUCCESS' });
    expect(problemsOf(await post(mutations.enable, { id: foreign }))).toEqual([
      `not_found: Cannot find service with ${foreign} at answer`,
    ]);
    expect(asked).toMatchObject([{ kind: 'enable_endpoint', orgId: org.id, serviceId: id }]);
    expect(await world.auditsOf('service', String(id))).toEqual([{ operation: 'enablePushEndpoint', orgId: org.id }]);
    expect(await world.auditsOf('service', String(foreign))).toEqual([]);
  });

  it('replayFailedPushes is about all of the org, or those of a time', async () => {
    crmForwarder.reply = { ok: true, value: { count: 3 } };
    expect((await post(mutations.replayFailed, {})).data).toEqual({ answer: { count: 3 } });
    const range = { from: '2026-11-19T00:00:00.000Z', to: '2026-11-20T00:00:00.000Z' };
    await post(mutations.replayFailed, range);
    expect(asked).toEqual([
      expect.not.objectContaining({ from: expect.anything() as string }),
      expect.objectContaining({ kind: 'replay_failed', orgId: org.id, ...range }),
    ]);
    const changeset = { operation: 'replayFailedPushes', orgId: org.id };
    const audits = await world.auditsOf('org', String(org.id));
    expect(audits).toHaveLength(2);
    expect(audits).toEqual(expect.arrayContaining([changeset, { ...changeset, ...range }]));
    const backwards = { from: range.to, to: range.from };
    expect(problemsOf(await post(mutations.replayFailed, backwards))).toEqual(['must be before to at answer.from']);
    expect(asked).toHaveLength(2);
  });

  it('is not asked about an id that no push has, nor for an org that is not there', async () => {
    expect(problemsOf(await post(mutations.drop, { id: '17 or true' }))).toEqual([
      'not_found: Entity not found at answer',
    ]);
    expect(problemsOf(await post(mutations.drop, { id: '17', org: unique('none') }))).toEqual([
      'not_found: Entity not found at answer',
    ]);
    expect(asked).toEqual([]);
  });

  it('may be asked by those who may change services, and by instance admins for any org', async () => {
    const coordinator = await world.member(org, 'coordinator');
    expect(problemsOf(await post(mutations.drop, { id: '17' }, coordinator.token))[0]).toMatch(/^permission_denied/);
    expect(asked).toEqual([]);
    const campaigner = await world.member(org, 'campaigner');
    for (const { token } of [campaigner, admin]) await post(mutations.drop, { id: '17' }, token);
    expect(asked).toHaveLength(2);
  });

  it('fails with a reason where crm-forwarder cannot do it', async () => {
    crmForwarder.reply = { ok: false, code: 'push.failed', text: 'crm-forwarder could not do it' };
    expect((await post(mutations.drop, { id: '17' })).errors).toMatchObject([
      { message: 'crm-forwarder could not do it', extensions: { reason: 'failed' } },
    ]);
  });
});
