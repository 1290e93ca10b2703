import { actionIngestRequestV1, exchanges } from '@groundswell/contracts';
import { adminMask } from '@groundswell/domain';
import { insertSignature } from './exported-world';
import { FixesWorld, problemsOf, type Person } from './fixes.fixture';
import type { RunningGateway } from './gateway.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

const update = `mutation ($id: Int!, $rules: [EnrichmentRuleInput!]!) {
  answer: updateCampaignEnrichment(campaignId: $id, rules: $rules) { config } }`;
const read = `query ($org: String!, $id: Int!) { answer: enrichments(orgName: $org, actionId: $id) {
  id kind field status reason detail result units attempts submittedAt completedAt } }`;
const usage = `query ($org: String!, $month: String) { answer: enrichmentUsage(orgName: $org, month: $month) {
  kind month quota used reserved } }`;
const setQuota = `mutation ($org: String!, $kind: EnrichmentKind!, $units: Int!) {
  answer: setEnrichmentQuota(orgName: $org, kind: $kind, monthlyUnits: $units) }`;
const retry = 'mutation ($org: String!, $id: ID!) { answer: retryEnrichment(orgName: $org, id: $id) }';

let world: FixesWorld;
let gateway: RunningGateway;
let admin: Person;
const actionIngest = new ServiceStandIn('action-ingest', actionIngestRequestV1);
const { asked } = actionIngest;

beforeAll(async () => {
  world = await FixesWorld.start();
  gateway = world.gateway;
  admin = await world.person(adminMask);
  // Changes of a campaign are told to its lead.
  await world.fleet.vhost.declareExchange(exchanges.event);
  await actionIngest.start(world);
});
afterAll(() => world.fleet.close());
beforeEach(() => actionIngest.beginAnew());

const post = (query: string, variables: object, token = world.lead.owner.token) =>
  gateway.post(query, { org: world.lead.name, ...variables }, token);

describe('the rules of a campaign', () => {
  const configOf = ({ data }: Awaited<ReturnType<typeof post>>): object =>
    JSON.parse((data as unknown as { answer: { config: string } }).answer.config) as object;

  it('are kept in its config, beside what else is there, and go when there are none', async () => {
    const id = await world.addCampaign(world.lead, { config: { colour: 'red', enrichment: 'rubbish' } });
    const rules = [{ kind: 'TRANSLATE', field: 'comment', language: 'en' }, { kind: 'TRANSCRIBE' }];
    const kept = [
      { kind: 'translate', field: 'comment', language: 'en' },
      { kind: 'transcribe', language: null },
    ];
    expect(configOf(await post(update, { id, rules }))).toEqual({ colour: 'red', enrichment: kept });
    expect(gateway.catalogue.campaigns.get(id)?.config).toEqual({ colour: 'red', enrichment: kept });
    expect(configOf(await post(update, { id, rules: [] }))).toEqual({ colour: 'red' });
    const audit = { operation: 'updateCampaignEnrichment', orgId: world.lead.id };
    expect(await world.auditsOf('campaign', String(id))).toEqual([
      { ...audit, rules: kept },
      { ...audit, rules: [] },
    ]);
  });

  it('are refused where they are wrong, and by the lead of another', async () => {
    const id = world.campaignId;
    const wrong = [{ kind: 'SENTIMENT' }, { kind: 'TRANSLATE', field: 'c', language: 'English' }];
    expect(problemsOf(await post(update, { id, rules: wrong }))).toEqual([
      "can't be blank at answer.rules.0.field",
      'is invalid at answer.rules.1.language',
    ]);
    const denied = problemsOf(await post(update, { id, rules: [] }, world.partner.owner.token));
    expect(denied[0]).toMatch(/^permission_denied/);
  });
});

describe('what came of them', () => {
  let actionId: number;
  const column = { field: 'comment', kind: 'sentiment' };

  beforeAll(async () => {
    const place = { pageId: world.partnerPageId, campaignId: world.campaignId, orgIds: [world.lead.id] };
    ({ actionId } = await insertSignature(world.fleet, place));
    const common = { action_id: actionId, org_id: world.lead.id };
    const result = JSON.stringify({ sentiment: 'positive' });
    await world.fleet.insert('enrichments', { ...common, ...column, status: 'complete', result, units: 7 }, 'actions');
    const failed = { kind: 'label', field: 'attachment:3', status: 'error', reason: 'refused', detail: 'Bad' };
    await world.fleet.insert('enrichments', { ...common, ...failed }, 'actions');
  });

  it('is shown to staff of the lead and of the page, to nobody else', async () => {
    const both = [world.lead, world.partner];
    for (const { name, owner } of both) {
      const { data } = await post(read, { org: name, id: actionId }, owner.token);
      expect(data).toMatchObject({
        answer: [
          {
            ...{ kind: 'SENTIMENT', field: 'comment', status: 'COMPLETE', reason: null, units: 7, attempts: 0 },
            result: '{"sentiment":"positive"}',
          },
          { kind: 'LABEL', status: 'ERROR', reason: 'refused', detail: 'Bad', result: null, units: null },
        ],
      });
    }
    const other = await world.addOrg();
    await gateway.catalogue.refresh();
    expect(problemsOf(await post(read, { org: other.name, id: actionId }, other.owner.token))).toEqual([
      'not_found: Entity not found at answer',
    ]);
    expect(problemsOf(await post(read, { id: actionId }, other.owner.token))[0]).toMatch(/^unauthorized/);
  });

  it('is in what an org tells a person that it holds', async () => {
    const { rows } = await world.fleet.sql.query<{ fingerprint: Buffer }>(
      'select s.fingerprint from actions.supporters s join actions.actions a on a.supporter_id = s.id where a.id = $1',
      [actionId],
    );
    const { data } = await post(
      `query ($org: String!, $ref: String!) { answer: exportContact(orgName: $org, contactRef: $ref) }`,
      {
        ref: rows[0]?.fingerprint.toString('base64url'),
      },
    );
    const report = JSON.parse((data as unknown as { answer: string }).answer) as {
      signatures: { actions: object[] }[];
    };
    expect(report.signatures[0]?.actions[0]).toMatchObject({
      enrichments: [{ ...column, status: 'complete', result: { sentiment: 'positive' } }, { kind: 'label' }],
    });
  });

  it('is begun anew for staff of the lead', async () => {
    expect((await post(retry, { id: '17' })).data).toEqual({ answer: 'SUCCESS' });
    expect(asked).toMatchObject([{ kind: 'retry_enrichment', orgId: world.lead.id, enrichmentId: 17 }]);
    expect(await world.auditsOf('enrichment', '17')).toEqual([{ operation: 'retryEnrichment', orgId: world.lead.id }]);
    actionIngest.reply = { ok: true, value: { outcome: 'unchanged' } };
    expect((await post(retry, { id: '17' })).data).toEqual({ answer: 'NOOP' });
    actionIngest.reply = { ok: false, code: 'enrichment.not_found', text: 'there is no such enrichment' };
    expect(problemsOf(await post(retry, { id: '18' }))).toEqual(['not_found: Entity not found at answer']);
    expect(problemsOf(await post(retry, { id: '1 or true' }))).toEqual(['not_found: Entity not found at answer']);
    expect(asked).toHaveLength(3);
  });
});

describe('what an org may use', () => {
  it('is shown with what it used, every kind of it', async () => {
    await world.fleet.sql.query(
      `insert into actions.enrichment_quotas (org_id, kind, monthly_units) values ($1, 'label', 100)`,
      [world.lead.id],
    );
    await world.fleet.sql.query(
      `insert into actions.enrichment_usage (org_id, month, kind, used, reserved)
       values ($1, date_trunc('month', now() at time zone 'UTC'), 'label', 60, 5), ($1, '2026-01-01', 'label', 7, 0)`,
      [world.lead.id],
    );
    const month = new Date().toISOString().slice(0, 7);
    const nothing = { quota: 0, used: 0, reserved: 0 };
    expect((await post(usage, {})).data).toEqual({
      answer: [
        { kind: 'TRANSLATE', month, ...nothing },
        { kind: 'SENTIMENT', month, ...nothing },
        { kind: 'TRANSCRIBE', month, ...nothing },
        { kind: 'LABEL', month, quota: 100, used: 60, reserved: 5 },
      ],
    });
    const past = (await post(usage, { month: '2026-01' })).data as unknown as { answer: object[] };
    expect(past.answer[3]).toEqual({ kind: 'LABEL', month: '2026-01', quota: 100, used: 7, reserved: 0 });
    for (const month of ['2026-13', '0000-01']) {
      expect(problemsOf(await post(usage, { month }))).toEqual(['is invalid at answer.month']);
    }
  });

  it('is set by instance admins', async () => {
    const quota = { kind: 'TRANSLATE', units: 5_000 };
    expect(problemsOf(await post(setQuota, quota))[0]).toMatch(/^permission_denied/);
    expect((await post(setQuota, quota, admin.token)).data).toEqual({ answer: 'SUCCESS' });
    expect(asked).toMatchObject([
      { kind: 'set_enrichment_quota', orgId: world.lead.id, enrichmentKind: 'translate', monthlyUnits: 5_000 },
    ]);
    expect(await world.auditsOf('org', String(world.lead.id))).toContainEqual({
      ...{ operation: 'setEnrichmentQuota', orgId: world.lead.id, kind: 'translate', monthlyUnits: 5_000 },
    });
    const below = await post(setQuota, { kind: 'LABEL', units: -1 }, admin.token);
    expect(problemsOf(below)).toEqual(['must be greater than or equal to 0 at answer.monthlyUnits']);
  });
});
