import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, instanceName, unique, withDatabase } from './admin.fixture';

type TestOrg = Awaited<ReturnType<AdminGateway['addOrg']>>;

let database: TestDatabase;
let gateway: AdminGateway;
let org: TestOrg;
let campaign: { id: number; name: string };
let admin: string;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database, { config: { LOG_LEVEL: 'info' } });
  org = await gateway.addOrg();
  campaign = await gateway.addCampaign(org);
  admin = (await gateway.addUser('root@example.org', 15)).token;
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

const lastAudit = () =>
  gateway.one<{ resource: string; changeset: object }>(
    'select resource, changeset from catalog.audit_log order by inserted_at desc limit 1',
  );

const pageFields = `{ id name locale live config extraSupporters thankYouTemplate campaign { name } org { name }
  ... on PrivateActionPage { delivery supporterConfirmTemplate duplicateTemplate } }`;
const copyPage = `mutation ($org: String!, $name: String!, $from: String!) {
  copyActionPage(orgName: $org, name: $name, fromName: $from) ${pageFields} }`;
const copyOfCampaign = `mutation ($org: String!, $name: String!, $from: String!) {
  copyCampaignActionPage(orgName: $org, name: $name, fromCampaignName: $from) ${pageFields} }`;

describe('copyActionPage', () => {
  it('takes config, delivery, locale and campaign along, nothing else', async () => {
    const templates = { thankYouTemplate: 't', supporterConfirmTemplate: 's', duplicateTemplate: 'd' };
    const input = { ...templates, locale: 'de', config: '{"a":1}', delivery: false, extraSupporters: 7 };
    const source = await gateway.addPage(org, campaign, input);
    await gateway.owner.query('update catalog.action_pages set live = true where id = $1', [source.id]);
    const partner = await gateway.addOrg();
    const name = `${unique('copy')}/de`;
    const variables = { org: partner.name.toUpperCase(), name, from: source.name.toUpperCase() };
    expect(await gateway.get(copyPage, variables, partner.token)).toEqual({
      copyActionPage: {
        ...{ id: expect.any(Number) as number, name, locale: 'de', live: false, config: '{"a":1}', delivery: false },
        ...{ extraSupporters: 0, thankYouTemplate: null, supporterConfirmTemplate: null, duplicateTemplate: null },
        ...{ campaign: { name: campaign.name }, org: { name: partner.name } },
      },
    });
    expect(await lastAudit()).toEqual({
      resource: 'action_page',
      changeset: { operation: 'copyActionPage', orgId: partner.id, fromPageId: source.id },
    });
  });

  it.each([
    ['a name that is taken', () => org.name, (taken: string) => taken, 'has already been taken', 'name'],
    ['a name of another form', () => org.name, () => 'no_slash', 'has invalid format', 'name'],
    ['an unknown org', () => 'nobody', () => 'a/b', 'Entity not found', null],
  ])('refuses %s', async (_case, orgName, nameOf, message, attribute) => {
    const source = await gateway.addPage(org, campaign);
    const variables = { org: orgName(), name: nameOf(source.name), from: source.name };
    const path = ['copyActionPage', attribute].filter(Boolean).join('.');
    expect(await gateway.errors(copyPage, variables, org.token)).toEqual([[message, path]]);
  });

  it('refuses a source that is not there, or no more', async () => {
    const source = await gateway.addPage(org, campaign);
    await gateway.get(`mutation { deleteActionPage(id: ${source.id}) }`, {}, org.token);
    for (const from of ['no/page', source.name]) {
      const { errors } = await gateway.ask(copyPage, { org: org.name, name: 'a/b', from }, org.token);
      expect(errors).toMatchObject([{ message: 'Entity not found', extensions: { code: 'not_found' } }]);
    }
  });
});

describe('copyCampaignActionPage', () => {
  it("copies the newest of the lead's own pages (Fix)", async () => {
    const [partner, ours] = [await gateway.addOrg(), await gateway.addCampaign(org)];
    await gateway.addPage(org, ours, { locale: 'en' });
    await gateway.addPage(org, ours, { locale: 'pl', config: '{"newest":true}' });
    await gateway.addPage(partner, ours, { locale: 'fr' });
    const variables = { org: partner.name, name: `${unique('copy')}/x`, from: ours.name };
    expect(await gateway.get(copyOfCampaign, variables, partner.token)).toMatchObject({
      copyCampaignActionPage: { locale: 'pl', config: '{"newest":true}', org: { name: partner.name } },
    });
  });

  it('says when the lead has none', async () => {
    const [partner, ours] = [await gateway.addOrg(), await gateway.addCampaign(org)];
    await gateway.addPage(partner, ours);
    const variables = { org: org.name, name: 'a/b', from: ours.name };
    const { errors } = await gateway.ask(copyOfCampaign, variables, org.token);
    expect(errors).toMatchObject([{ message: `Campaign ${ours.name} does not have action pages` }]);
    expect(errors?.[0]?.extensions).toBeUndefined();
  });
});

describe('updateCampaignProcessing', () => {
  const update = `mutation ($name: String, $supporterConfirm: Boolean, $template: String, $actionConfirm: Boolean) {
    updateCampaignProcessing(name: $name, supporterConfirm: $supporterConfirm, supporterConfirmTemplate: $template,
      actionConfirm: $actionConfirm) { campaignProcessing { supporterConfirm supporterConfirmTemplate actionConfirm } } }`;
  const processing = async (variables: object, name = campaign.name) =>
    (
      await gateway.get<{ updateCampaignProcessing: { campaignProcessing: object } }>(
        update,
        { name, ...variables },
        org.token,
      )
    ).updateCampaignProcessing.campaignProcessing;

  it('sets what is given; null follows the org again', async () => {
    const inherited = { supporterConfirm: null, supporterConfirmTemplate: null, actionConfirm: null };
    expect(await processing({})).toEqual(inherited);
    expect(await processing({ supporterConfirm: false, template: 'own' })).toEqual({
      ...{ supporterConfirm: false, supporterConfirmTemplate: 'own', actionConfirm: null },
    });
    expect(await processing({ actionConfirm: false })).toMatchObject({ supporterConfirm: false, actionConfirm: false });
    expect(await processing({ supporterConfirm: null, template: '', actionConfirm: null })).toEqual(inherited);
  });

  it('tells the lead and the audit log', async () => {
    const told = () =>
      gateway.one<{ events: number }>(
        `select count(*)::int as events from catalog.outbox where routing_key = $1 and body like '%' || $2 || '%'`,
        [`${org.name}.system.campaign_updated`, campaign.name],
      );
    const before = (await told()).events;
    await processing({ supporterConfirm: false });
    expect((await told()).events).toBe(before + 1);
    expect((await lastAudit()).changeset).toMatchObject({ operation: 'updateCampaignProcessing', orgId: org.id });
  });

  it('needs a name', async () => {
    const { errors } = await gateway.ask(update, { supporterConfirm: true }, org.token);
    expect(errors).toMatchObject([
      { message: 'Provide exactly one identifier argument', extensions: { code: 'bad_arg' } },
    ]);
  });

  it('refuses what could never finish', async () => {
    const bare = await gateway.addOrg();
    await gateway.owner.query('update catalog.orgs set email_backend_id = null where id = $1', [bare.id]);
    const { name } = await gateway.addCampaign(bare);
    const { errors } = await gateway.ask(update, { name, supporterConfirm: true }, bare.token);
    expect(errors?.[0]?.path).toEqual(['updateCampaignProcessing', 'supporterConfirm']);
  });
});

describe('deactivateAllKeys', () => {
  const deactivate = 'mutation ($org: String!) { deactivateAllKeys(orgName: $org) { status } }';
  const activeKey = async ({ name, token }: TestOrg) => {
    const { generateKey } = await gateway.get<{ generateKey: { id: number } }>(
      'mutation ($org: String!) { generateKey(orgName: $org, input: { name: "k" }) { id } }',
      { org: name },
      token,
    );
    const activate = 'mutation ($org: String!, $id: Int!) { activateKey(orgName: $org, id: $id) { status } }';
    await gateway.get(activate, { org: name, id: generateKey.id }, token);
  };
  const activeKeys = async ({ name, token }: TestOrg) =>
    (
      await gateway.get<{ org: { keys: object[] } }>(
        'query ($name: String!) { org(name: $name) { keys(select: { active: true }) { id } } }',
        { name },
        token,
      )
    ).org.keys;

  it('leaves no key active, twice too, and is in the audit log', async () => {
    const ours = await gateway.addOrg();
    await activeKey(ours);
    expect(await activeKeys(ours)).toHaveLength(1);
    for (const _ of ['once', 'twice']) {
      const answer = await gateway.get(deactivate, { org: ours.name }, ours.token);
      expect(answer).toEqual({ deactivateAllKeys: { status: 'SUCCESS' } });
    }
    expect(await activeKeys(ours)).toEqual([]);
    expect(await lastAudit()).toEqual({
      resource: 'org',
      changeset: { operation: 'deactivateAllKeys', orgId: ours.id },
    });
  });

  it('is refused where contacts must never be in clear: a high-security org, and the instance org', async () => {
    const ours = await gateway.addOrg();
    await activeKey(ours);
    await gateway.owner.query('update catalog.orgs set high_security = true where id = $1', [ours.id]);
    const refusals = [
      [ours.name, 'A high-security org needs an active key'],
      [instanceName, 'The instance org needs an active key'],
    ];
    for (const [name, message] of refusals) {
      const { errors } = await gateway.ask(deactivate, { org: name }, admin);
      expect(errors).toMatchObject([{ message, extensions: { code: 'bad_arg' } }]);
    }
    expect(await activeKeys(ours)).toHaveLength(1);
  });
});

describe('application', () => {
  it('tells an instance admin what is running; to others it is null with an error', async () => {
    const query = '{ application { name version logLevel } }';
    expect(await gateway.get(query, {}, admin)).toEqual({
      application: { name: 'proca', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string, logLevel: 'info' },
    });
    const { data, errors } = await gateway.ask(query, {}, org.token);
    expect(data).toEqual({ application: null });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied', required: ['instance_owner'] });
  });
});
