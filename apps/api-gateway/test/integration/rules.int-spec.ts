import { notifyServiceRequestV1, ruleRefusals } from '@groundswell/contracts';
import { FixesWorld, problemsOf, type Org } from './fixes.fixture';
import type { RunningGateway } from './gateway.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

const fields = `id name trigger campaignId conditions { field isOneOf atLeast } afterHours figure values schedule effect recipients
  enabled nextRunAt`;
const add = `mutation ($org: String!, $input: RuleInput!) { answer: addRule(orgName: $org, input: $input) { ${fields} } }`;
const update = `mutation ($org: String!, $id: Int!, $input: RuleChanges!) {
  answer: updateRule(orgName: $org, id: $id, input: $input) { ${fields} } }`;
const remove = 'mutation ($org: String!, $id: Int!) { answer: deleteRule(orgName: $org, id: $id) }';
const firings = `query ($org: String!, $id: Int!, $after: ID, $limit: Int) {
  answer: ruleFirings(orgName: $org, ruleId: $id, after: $after, limit: $limit) {
    firings { subject fields state reason endedAt } after } }`;

let world: FixesWorld;
let gateway: RunningGateway;
let org: Org;
const notifyService = new ServiceStandIn('notify-service', notifyServiceRequestV1);
const { asked } = notifyService;

beforeAll(async () => {
  world = await FixesWorld.start();
  ({ gateway } = world);
  org = await world.addOrg();
  await notifyService.start(world);
});
afterAll(() => world.fleet.close());
beforeEach(() => notifyService.beginAnew());

const post = (query: string, variables: object, token = org.owner.token) =>
  gateway.post(query, { org: org.name, ...variables }, token);

/** As notify-service keeps it. */
const aRule = (columns: object = {}): Promise<number> =>
  world.fleet.insert(
    'rules',
    { org_id: org.id, name: `rule ${Math.random()}`, trigger: 'action_added', effect: 'mail', ...columns },
    'notify',
  );
const answersWith = (ruleId: number): void => {
  notifyService.reply = { ok: true, value: { ruleId, outcome: 'changed' } };
};

describe('a rule', () => {
  it('is added as it was given, and shown as notify-service keeps it', async () => {
    const settings = { afterHours: 48 };
    const conditions = [{ field: 'actionType', isOneOf: ['register'] }];
    const id = await aRule({
      trigger: 'unmoderated',
      settings: JSON.stringify(settings),
      conditions: JSON.stringify(conditions),
      recipients: ['staff@example.org'],
    });
    answersWith(id);
    const input = {
      name: 'Waits',
      trigger: 'UNMODERATED',
      afterHours: 48,
      conditions,
      effect: 'MAIL',
      recipients: ['staff@example.org'],
    };
    expect((await post(add, { input })).data).toMatchObject({
      answer: {
        id,
        trigger: 'UNMODERATED',
        afterHours: 48,
        effect: 'MAIL',
        enabled: true,
        schedule: null,
        values: null,
        conditions: [{ field: 'actionType', isOneOf: ['register'], atLeast: null }],
        recipients: ['staff@example.org'],
      },
    });
    expect(asked).toMatchObject([
      {
        kind: 'add_rule',
        orgId: org.id,
        trigger: 'unmoderated',
        rule: {
          name: 'Waits',
          campaignId: null,
          conditions,
          afterHours: 48,
          effect: 'mail',
          isEnabled: true,
          schedule: null,
        },
      },
    ]);
    const { rows } = await world.fleet.sql.query<{ changeset: object }>(
      `select changeset from catalog.audit_log where resource = 'rule' and changeset->>'operation' = 'addRule'`,
    );
    expect(JSON.stringify(rows)).not.toContain('staff@example.org');
    expect(rows).toMatchObject([
      { changeset: { orgId: org.id, attributes: expect.arrayContaining(['name', 'recipients']) } },
    ]);
  });

  it('is changed in what is given only', async () => {
    const id = await aRule();
    answersWith(id);
    expect(
      problemsOf(await post(update, { id, input: { enabled: false, figure: 'ACTIONS', afterHours: null } })),
    ).toEqual([]);
    expect(asked).toMatchObject([{ kind: 'update_rule', ruleId: id }]);
    expect((asked[0] as { changes: object }).changes).toEqual({
      isEnabled: false,
      figure: 'actions',
      afterHours: null,
    });
    expect((await post(remove, { id })).data).toEqual({ answer: 'SUCCESS' });
    expect(asked[1]).toMatchObject({ kind: 'delete_rule', orgId: org.id, ruleId: id });
  });

  it.each([
    [ruleRefusals.notFound, 'there is no such rule', 'not_found: Entity not found at answer'],
    [ruleRefusals.nameTaken, 'taken', 'has already been taken at answer.input.name'],
    [ruleRefusals.invalid, 'schedule: never comes', 'never comes at answer.input.schedule'],
    [ruleRefusals.tooMany, 'an org has at most 50 rules', 'an org has at most 50 rules at answer'],
  ])('that is refused with %s says so where it is', async (code, text, problem) => {
    notifyService.reply = { ok: false, code, text };
    expect(problemsOf(await post(update, { id: 1, input: { enabled: true } }))).toEqual([problem]);
  });

  it('may be changed by those who may change settings, and seen by all staff of the org', async () => {
    const coordinator = await world.member(org, 'coordinator');
    expect(problemsOf(await post(remove, { id: 1 }, coordinator.token))[0]).toMatch(/^permission_denied/);
    expect(asked).toEqual([]);
    const query = 'query ($org: String!) { answer: rules(orgName: $org) { id } }';
    expect(problemsOf(await post(query, {}, coordinator.token))).toEqual([]);
    expect(problemsOf(await post(query, {}, world.lead.owner.token))[0]).toMatch(/^unauthorized/);
  });
});

it('shows what a rule fired for, newest first, page by page, with what its job says', async () => {
  const id = await aRule();
  const job = (state: string, error: string | null) =>
    world.fleet.insert(
      'jobs',
      {
        type: 'fire-rule',
        org_id: org.id,
        payload: '{}',
        max_attempts: 1,
        state,
        last_error: error,
        finished_at: state === 'queued' ? null : new Date(),
      },
      'notify',
    );
  const jobs = [await job('queued', null), await job('failed', 'conditions: gone'), await job('canceled', null)];
  for (const [at, jobId] of jobs.entries()) {
    await world.fleet.insert(
      'rule_firings',
      { rule_id: id, subject: `action:${at}`, job_id: jobId, fields: JSON.stringify({ actionId: at }) },
      'notify',
    );
  }
  await world.fleet.insert(
    'rule_firings',
    { rule_id: id, subject: 'action:9', job_id: jobs[0], state: 'sent', ended_at: new Date() },
    'notify',
  );
  const { data } = await post(firings, { id, limit: 3 });
  const first = (data as unknown as { answer: { firings: object[]; after: string } }).answer;
  expect(first.firings).toMatchObject([
    { subject: 'action:9', state: 'SENT', endedAt: expect.any(String) },
    { subject: 'action:2', state: 'CANCELED' },
    { subject: 'action:1', state: 'FAILED', reason: 'conditions: gone', fields: expect.anything() },
  ]);
  expect((await post(firings, { id, after: first.after })).data).toMatchObject({
    answer: { firings: [{ subject: 'action:0', state: 'WAITING' }], after: null },
  });
  expect(problemsOf(await post(firings, { id: 999_999 }))).toEqual(['not_found: Entity not found at answer']);
});
