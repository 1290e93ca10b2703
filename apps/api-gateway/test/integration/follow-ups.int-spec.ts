import { actionIngestRequestV1 } from '@groundswell/contracts';
import { encodeRef, fingerprint } from '@groundswell/crypto';
import { FixesWorld, problemsOf, type Org, type Person } from './fixes.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

interface Item {
  id: string;
  token: string | null;
}

const item = `id kind state actionId contactRef completeAll dueAt assignee { userId email } closedByActionId token`;
const list = `query ($org: String!, $select: SelectFollowUps, $after: ID, $limit: Int) {
  answer: followUps(orgName: $org, select: $select, after: $after, limit: $limit) { followUps { ${item} } after } }`;
const create = `mutation ($org: String!, $input: FollowUpInput!) { answer: createFollowUps(orgName: $org, input: $input) { ${item} } }`;
const assign = `mutation ($org: String!, $id: ID!, $to: FollowUpAssigneeInput) { answer: assignFollowUp(orgName: $org, id: $id, assignee: $to) }`;
const close = `mutation ($org: String!, $id: ID!, $outcome: FollowUpOutcome) { answer: closeFollowUp(orgName: $org, id: $id, outcome: $outcome) }`;
const detail = `query ($org: String!) { answer: detailBackend(orgName: $org) {
  serviceId waiting oldestAt givenUp failingSince restsUntil lastSuccessAt lastError } }`;
const act = `mutation ($page: Int!, $ref: ID!, $action: ActionInput!) {
  answer: addAction(actionPageId: $page, contactRef: $ref, action: $action) { contactRef } }`;

let world: FixesWorld;
let org: Org;
let caller: Person;
let supporter: { id: number; ref: string; actionId: number };
const actionIngest = new ServiceStandIn('action-ingest', actionIngestRequestV1);
const { asked } = actionIngest;

const post = (query: string, variables: object, token = org.owner.token) =>
  world.gateway.post(query, { org: org.name, ...variables }, token);
const answerOf = async <T>(query: string, variables: object, token?: string): Promise<T> => {
  const { data, errors } = await post(query, variables, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return (data as unknown as { answer: T }).answer;
};

beforeAll(async () => {
  world = await FixesWorld.start({ FINGERPRINT_SEED: 'seed' });
  org = world.lead;
  caller = await world.member(org, 'campaigner');
  const bytes = fingerprint('seed', 'harald@example.org');
  const common = { campaign_id: world.campaignId, action_page_id: world.partnerPageId };
  const id = await world.fleet.insert('supporters', { ...common, fingerprint: bytes }, 'actions');
  await world.fleet.insert('contacts', { supporter_id: id, org_id: org.id, payload: Buffer.from('{}') }, 'actions');
  const action = { ...common, supporter_id: id, action_type: 'petition', processing_status: 4 };
  supporter = { id, ref: encodeRef(bytes), actionId: await world.fleet.insert('actions', action, 'actions') };
  await actionIngest.start(world);
});
afterAll(() => world.fleet.close());
beforeEach(() => actionIngest.beginAnew());

const addItem = (columns: object): Promise<number> =>
  world.fleet.insert(
    'followup_items',
    { org_id: org.id, kind: 1, action_id: supporter.actionId, ...columns },
    'actions',
  );

describe('a follow-up item', () => {
  it('is shown with its subject, whose it is, and a token that an action answers it with', async () => {
    const [own, ofVolunteer] = [
      await addItem({ supporter_id: supporter.id, assignee: caller.id, due_at: '2026-12-01T10:00:00Z' }),
      await addItem({ volunteer_email: 'vol@example.org', complete_all: true }),
    ];
    const moderation = await addItem({ kind: 0 });
    const done = await addItem({ state: 'done', closed_by: supporter.actionId });
    await world.fleet.insert('followup_items', { org_id: world.partner.id, kind: 1 }, 'actions');
    const first = await answerOf<{ followUps: Item[]; after: string }>(list, { limit: 2 });
    expect(first.followUps).toMatchObject([
      {
        id: String(own),
        kind: 'CALL',
        state: 'OPEN',
        actionId: supporter.actionId,
        contactRef: supporter.ref,
        dueAt: '2026-12-01T10:00:00.000Z',
        assignee: { userId: caller.id, email: caller.email },
      },
      { id: String(ofVolunteer), completeAll: true, assignee: { userId: null, email: 'vol@example.org' } },
    ]);
    expect(await answerOf(list, { after: first.after })).toMatchObject({
      followUps: [{ id: String(moderation), kind: 'MODERATION', token: null }],
      after: null,
    });
    const idsOf = async (select: object) =>
      (await answerOf<{ followUps: Item[] }>(list, { select }, caller.token)).followUps.map(({ id }) => Number(id));
    expect(await idsOf({ mine: true })).toEqual([own]);
    expect(await idsOf({ kind: 'MODERATION' })).toEqual([moderation]);
    expect(await idsOf({ dueBefore: '2026-12-02T00:00:00Z' })).toEqual([own]);
    expect(await idsOf({ state: 'DONE' })).toEqual([done]);
    expect(problemsOf(await post(list, { limit: 201 }))).toEqual(['is too large at answer.limit']);

    const token = first.followUps[0]!.token;
    const acted = (followUp: string | null) =>
      world.gateway.post(act, {
        page: world.partnerPageId,
        ref: supporter.ref,
        action: { actionType: 'report', followUp },
      });
    await world.fleet.takeIngested();
    expect((await acted(token)).errors).toBeUndefined();
    expect((await acted(null)).errors).toBeUndefined();
    expect(problemsOf(await acted('nonsense'))).toEqual(['is invalid at answer.followUp']);
    const submitted = (await world.fleet.takeIngested()).map(({ message }) =>
      message.kind === 'action' ? message.action.followUpId : message.kind,
    );
    expect(submitted.sort()).toEqual([own, undefined]);
  });

  it('is made for staff and volunteers, about an action or a supporter of the org, and written down without names', async () => {
    const made = await addItem({});
    actionIngest.reply = { ok: true, value: { itemIds: [made] } };
    const input = {
      kind: 'REMINDER',
      contactRef: supporter.ref,
      dueAt: '2026-12-01T10:00:00Z',
      assignees: [{ userId: caller.id }, { volunteer: ' Vol@Example.org ' }],
    };
    expect(await answerOf<Item[]>(create, { input })).toMatchObject([{ id: String(made) }]);
    expect(asked).toMatchObject([
      {
        kind: 'create_follow_ups',
        orgId: org.id,
        itemKind: 'reminder',
        actionId: null,
        supporterId: supporter.id,
        dueAt: '2026-12-01T10:00:00.000Z',
        completeAll: false,
        assignees: [
          { userId: caller.id },
          { email: 'vol@example.org', ref: encodeRef(fingerprint('seed', 'vol@example.org')) },
        ],
      },
    ]);
    const audits = JSON.stringify(await world.auditsOf('org'));
    expect(audits).toContain('createFollowUps');
    expect(audits).not.toContain('example.org');
  });

  it.each([
    ['about nothing', { kind: 'CALL' }, 'needs either actionId or contactRef at answer.actionId'],
    ['of moderation', { kind: 'MODERATION', actionId: 1 }, 'is invalid at answer.kind'],
    ['about an action of nobody', { kind: 'CALL', actionId: 999_999 }, 'not_found: Entity not found at answer'],
    ['about a stranger', { kind: 'CALL', contactRef: 'AAAA' }, 'not_found: Entity not found at answer'],
  ])('is not made %s', async (_what, input, problem) => {
    expect(problemsOf(await post(create, { input }))).toEqual([problem]);
    expect(asked).toEqual([]);
  });

  it('is not given to strangers', async () => {
    const input = (assignees: object[]) => ({ input: { kind: 'CALL', actionId: supporter.actionId, assignees } });
    const stranger = await world.person();
    expect(problemsOf(await post(create, input([{ userId: stranger.id }])))).toEqual([
      'is no staff of the organisation at answer.assignees.0.userId',
    ]);
    expect(problemsOf(await post(create, input([{ volunteer: 'nobody' }])))).toEqual([
      'has invalid format at answer.assignees.0.volunteer',
    ]);
    expect(problemsOf(await post(create, input([{}])))).toEqual([
      'needs either userId or volunteer at answer.assignees.0',
    ]);
    expect(asked).toEqual([]);
  });

  it('is given to somebody else, and closed, by staff of its org', async () => {
    const id = await addItem({});
    expect(await answerOf(assign, { id, to: { userId: caller.id } })).toBe('SUCCESS');
    expect(await answerOf(assign, { id, to: null })).toBe('SUCCESS');
    expect(await answerOf(close, { id, outcome: 'CANCELED' })).toBe('SUCCESS');
    actionIngest.reply = { ok: true, value: { outcome: 'noop' } };
    expect(await answerOf(close, { id })).toBe('NOOP');
    expect(asked).toMatchObject([
      { kind: 'assign_follow_up', orgId: org.id, itemId: id, assignee: { userId: caller.id } },
      { kind: 'assign_follow_up', assignee: null },
      { kind: 'close_follow_up', state: 'canceled' },
      { kind: 'close_follow_up', state: 'done' },
    ]);
    expect(await world.auditsOf('follow_up')).toContainEqual({
      operation: 'closeFollowUp',
      orgId: org.id,
      state: 'canceled',
    });
    const foreign = await world.fleet.insert('followup_items', { org_id: world.partner.id, kind: 1 }, 'actions');
    expect(problemsOf(await post(close, { id: foreign }))).toEqual(['not_found: Entity not found at answer']);
  });
});

it('look-ups of details show how they go', async () => {
  expect(await answerOf(detail, {})).toBeNull();
  const serviceId = await world.fleet.insert('services', { org_id: org.id, name: 'webhook' });
  await world.fleet.sql.query('update catalog.orgs set detail_backend_id = $2 where id = $1', [org.id, serviceId]);
  const lookup = (state: string, ended: string | null) =>
    world.fleet.sql.query(
      `with one as (insert into actions.actions (action_type, action_page_id) values ('a', 1) returning id)
       insert into actions.detail_lookups (action_id, org_id, state, submitted_digest, inserted_at, ended_at)
       select id, $1, $2, '', '2026-11-20T10:00:00Z', $3 from one`,
      [org.id, state, ended],
    );
  await lookup('waiting', null);
  await lookup('given_up', new Date().toISOString());
  await lookup('given_up', '2020-01-01T00:00:00Z');
  await lookup('found', new Date().toISOString());
  await world.fleet.sql.query(
    `insert into actions.detail_backends (org_id, failing_since, failures, rests_until, last_error)
     values ($1, '2026-11-20T10:00:00Z', 3, now() + interval '1 hour', 'HTTP 500')`,
    [org.id],
  );
  expect(await answerOf(detail, {})).toEqual({
    serviceId,
    waiting: 1,
    oldestAt: '2026-11-20T10:00:00.000Z',
    givenUp: 1,
    failingSince: '2026-11-20T10:00:00.000Z',
    restsUntil: expect.any(String),
    lastSuccessAt: null,
    lastError: 'HTTP 500',
  });
});
