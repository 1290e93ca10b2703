import { mailoutRefusals, notifyServiceRequestV1 } from '@groundswell/contracts';
import { FixesWorld, problemsOf, unique, type Org } from './fixes.fixture';
import type { RunningGateway } from './gateway.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

const fields = `id name campaignId template state segment { actionType area language since } mailingId error
  counts { candidates handedOver leftOut awaitingOptIn }`;
const add = `mutation ($org: String!, $input: MailoutInput!) { answer: addMailout(orgName: $org, input: $input) { ${fields} } }`;
const change = (operation: string): string =>
  `mutation ($org: String!, $name: String!) { answer: ${operation}(orgName: $org, name: $name) { ${fields} } }`;
const test =
  'mutation ($org: String!, $name: String!) { answer: testMailout(orgName: $org, name: $name) { recipients } }';

let world: FixesWorld;
let gateway: RunningGateway;
let org: Org;
let campaign: { id: number; name: string };
const notifyService = new ServiceStandIn('notify-service', notifyServiceRequestV1);
const { asked } = notifyService;

beforeAll(async () => {
  world = await FixesWorld.start();
  ({ gateway, lead: org } = world);
  campaign = { id: world.campaignId, name: await world.nameOf('campaigns', world.campaignId) };
  await world.fleet.insert('email_templates', { org_id: org.id, name: 'news', locale: 'en', subject: 's', html: 'h' });
  await notifyService.start(world);
});
afterAll(() => world.fleet.close());
beforeEach(() => notifyService.beginAnew());

const post = (query: string, variables: object, token = org.owner.token) =>
  gateway.post(query, { org: org.name, ...variables }, token);

/** As notify-service keeps it. */
const aMailout = async (columns: object = {}): Promise<{ id: number; name: string }> => {
  const name = unique('mailout');
  const row = { org_id: org.id, campaign_id: campaign.id, name, template: 'news', ...columns };
  return { id: await world.fleet.insert('mailouts', row, 'notify'), name };
};

describe('a mailout', () => {
  it('is added as it was asked for, with an audit entry', async () => {
    const { name } = await aMailout({ state: 'draft', area: 'PL' });
    const segment = { actionType: 'share', area: 'PL', language: 'de', since: '2026-01-01T00:00:00Z' };
    const input = { name, campaignName: campaign.name, template: 'news', segment };
    expect((await post(add, { input })).data).toMatchObject({
      answer: { name, campaignId: campaign.id, state: 'DRAFT', segment: { area: 'PL' }, counts: { candidates: 0 } },
    });
    const told = { ...segment, since: '2026-01-01T00:00:00.000Z' };
    expect(asked).toMatchObject([
      { kind: 'add_mailout', orgId: org.id, campaignId: campaign.id, name, template: 'news', segment: told },
    ]);
    expect(await world.auditsOf('mailout', name)).toMatchObject([
      { operation: 'addMailout', orgId: org.id, segment: told },
    ]);
  });

  it('needs a template, a campaign of the org, a name of its own, and a segment that can be', async () => {
    const input = { name: 'News', campaignName: campaign.name, template: 'news' };
    const problems = async (changed: object) => problemsOf(await post(add, { input: { ...input, ...changed } }));
    expect(await problems({ template: 'none' })).toEqual(['Template not found at answer.input.template']);
    const foreign = unique('foreign');
    await world.addCampaign(await world.addOrg(), { name: foreign });
    await gateway.catalogue.refresh();
    expect(await problems({ campaignName: foreign })).toEqual(['not_found: Entity not found at answer']);
    expect(await problems({ name: ' ', segment: { area: 'a b', language: 'german' } })).toEqual([
      'has invalid format at answer.input.name',
      'has invalid format at answer.input.segment.area',
      'has invalid format at answer.input.segment.language',
    ]);
    expect(asked).toEqual([]);
    notifyService.reply = { ok: false, code: mailoutRefusals.nameTaken, text: 'taken' };
    expect(await problems({})).toEqual(['has already been taken at answer.input.name']);
  });

  it.each([
    ['startMailout', 'start_mailout'],
    ['pauseMailout', 'pause_mailout'],
    ['stopMailout', 'stop_mailout'],
  ])('%s is about one of the org', async (operation, kind) => {
    const { name } = await aMailout({ state: 'sending', candidates: 7, handed_over: 5, left_out: 2 });
    expect((await post(change(operation), { name })).data).toMatchObject({
      answer: { name, state: 'SENDING', counts: { candidates: 7, handedOver: 5, leftOut: 2, awaitingOptIn: 0 } },
    });
    expect(asked).toMatchObject([{ kind, orgId: org.id, name }]);
    expect(await world.auditsOf('mailout', name)).toEqual([{ operation, orgId: org.id, name }]);
    notifyService.reply = { ok: false, code: mailoutRefusals.state, text: 'the mailout is complete' };
    expect(problemsOf(await post(change(operation), { name }))).toEqual(['the mailout is complete at answer']);
    const { partner } = world;
    expect(problemsOf(await post(change(operation), { name, org: partner.name }, partner.owner.token))).toEqual([
      'not_found: Entity not found at answer',
    ]);
    expect(asked).toHaveLength(2);
  });

  it('is tested', async () => {
    const { name } = await aMailout();
    notifyService.reply = { ok: true, value: { recipients: 3 } };
    expect((await post(test, { name })).data).toEqual({ answer: { recipients: 3 } });
    expect(asked).toMatchObject([{ kind: 'test_mailout', orgId: org.id, name }]);
  });

  it('shows figures, its own mailings only, and no addresses', async () => {
    const { id, name } = await aMailout({ state: 'sending' });
    const person = (state: string, reason: string | null) =>
      world.fleet.insert('mailout_people', { mailout_id: id, state, reason }, 'notify');
    for (const reason of ['no consent', 'no consent', 'no address']) await person('left_out', reason);
    await person('handed_over', null);
    const mailing = async (purpose: string, state: string, error: string | null) => {
      const mailingId = await world.fleet.insert(
        'mailings',
        { purpose, org_id: org.id, state: 'failed', error: 'sending failed' },
        'mail',
      );
      const mail = {
        purpose: `mailing:${purpose}`,
        kind: 'mailing',
        org_id: org.id,
        mailing_id: mailingId,
        state,
        error,
      };
      await world.fleet.insert('deliveries', mail, 'mail');
      return mailingId;
    };
    const mailingId = await mailing(`mailout:${id}`, 'failed', 'suppressed');
    await mailing(`mailout:${id}:opted-in:4`, 'unknown', 'timeout');
    await mailing(`mailout:${id}:test:1`, 'failed', 'nobody');
    await mailing(`mailout:${id}1`, 'failed', 'another');
    const { data } = await post(
      `query ($org: String!, $name: String!) {
         mailoutPeople(orgName: $org, name: $name) { people { state reason count } mails { state reason count } }
         mailouts(orgName: $org, limit: 1) { name mailingId error } }`,
      { name },
    );
    expect(data).toEqual({
      mailoutPeople: {
        people: [
          { state: 'HANDED_OVER', reason: null, count: 1 },
          { state: 'LEFT_OUT', reason: 'no address', count: 1 },
          { state: 'LEFT_OUT', reason: 'no consent', count: 2 },
        ],
        mails: [
          { state: 'FAILED', reason: 'suppressed', count: 1 },
          { state: 'UNKNOWN', reason: 'timeout', count: 1 },
        ],
      },
      mailouts: [{ name, mailingId: String(mailingId), error: 'sending failed' }],
    });
  });
});
