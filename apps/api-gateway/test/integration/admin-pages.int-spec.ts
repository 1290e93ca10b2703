import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };
let campaign: { id: number; name: string };

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
  campaign = await gateway.addCampaign(org);
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

const fields = `__typename id name locale live config extraSupporters thankYouTemplate
  ... on PrivateActionPage { delivery supporterConfirmTemplate duplicateTemplate status location }`;
const add = `mutation ($orgName: String!, $campaignName: String!, $input: ActionPageInput!) {
  addActionPage(orgName: $orgName, campaignName: $campaignName, input: $input) { ${fields} } }`;
const update = `mutation ($id: Int, $name: String, $input: ActionPageInput!) { updateActionPage(id: $id, name: $name, input: $input) { ${fields} } }`;
const here = (input: object) => ({ orgName: org.name, campaignName: campaign.name, input });

describe('addActionPage', () => {
  it('starts not live and delivering', async () => {
    const name = `${unique('p')}/en`;
    expect(await gateway.get(add, here({ name, locale: 'en' }), org.token)).toEqual({
      addActionPage: {
        ...{ __typename: 'PrivateActionPage', id: expect.any(Number) as number, name, locale: 'en', live: false },
        ...{ config: '{}', extraSupporters: 0, thankYouTemplate: null, delivery: true, status: 'STANDBY' },
        ...{ supporterConfirmTemplate: null, duplicateTemplate: null, location: null },
      },
    });
  });

  it('lets any org join any campaign, for its own staff', async () => {
    const partner = await gateway.addOrg();
    await gateway.addPage(partner, campaign);
    const variables = { orgName: partner.name, campaignName: campaign.name, input: { name: 'a/b', locale: 'en' } };
    const { errors } = await gateway.ask(add, variables, org.token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied', required: ['manage_action_pages'] });
    const unknown = await gateway.ask(add, { ...variables, campaignName: 'no_such' }, partner.token);
    expect(unknown.errors?.[0]).toMatchObject({ message: 'Entity not found', extensions: { code: 'not_found' } });
  });

  it.each([
    [
      {},
      [
        ["can't be blank", 'name'],
        ["can't be blank", 'locale'],
      ],
    ],
    [{ name: 'org_name', locale: 'en' }, [['has invalid format', 'name']]],
    [{ name: 'test/', locale: 'en' }, [['has invalid format', 'name']]],
    [{ name: 'act_now.movemove.org/x', locale: 'en' }, [['has invalid format', 'name']]],
    [{ name: 'domain.pl/../x', locale: 'en' }, [['has invalid format', 'name']]],
    [{ name: 'a/b', locale: 'english' }, [['has invalid format', 'locale']]],
    [{ name: 'a/b', locale: 'en', extraSupporters: 100_000_001 }, [['is invalid', 'extraSupporters']]],
  ])('refuses %j', async (input, problems) => {
    const expected = problems.map(([message, attribute]) => [message, `addActionPage.${attribute}`]);
    expect(await gateway.errors(add, here(input), org.token)).toEqual(expected);
  });

  it('refuses a taken name so that path[1] is the attribute', async () => {
    const page = await gateway.addPage(org, campaign);
    const { errors } = await gateway.ask(add, here({ name: page.name.toUpperCase(), locale: 'en' }), org.token);
    expect(errors).toMatchObject([{ message: 'has already been taken', path: ['addActionPage', 'name'] }]);
  });
});

describe('updateActionPage', () => {
  it('changes what is given; empty text is not set', async () => {
    const page = await gateway.addPage(org, campaign, { thankYouTemplate: 'thanks', extraSupporters: 7 });
    const input = { thankYouTemplate: '', config: '{"a":{"b":null}}', delivery: false, locale: 'de_AT@formal' };
    expect(await gateway.get(update, { id: page.id, input }, org.token)).toMatchObject({
      updateActionPage: {
        ...{ thankYouTemplate: null, config: '{"a":{"b":null}}', delivery: false, locale: 'de_AT@formal' },
        extraSupporters: 7,
      },
    });
    const renamed = `${unique('p')}/fr`;
    expect(await gateway.get(update, { name: page.name, input: { name: renamed } }, org.token)).toMatchObject({
      updateActionPage: { id: page.id, name: renamed },
    });
    expect(await gateway.errors(update, { id: page.id, input: { locale: null } }, org.token)).toEqual([
      ["can't be blank", 'updateActionPage.locale'],
    ]);
  });

  it('is refused to the lead of the campaign', async () => {
    const partner = await gateway.addOrg();
    const page = await gateway.addPage(partner, campaign);
    const { errors } = await gateway.ask(update, { id: page.id, input: { locale: 'pl' } }, org.token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied' });
  });

  it('refuses to take away the only confirm template of a confirming org', async () => {
    const able = await gateway.addOrg();
    await gateway.get(
      `mutation ($name: String!) { upsertService(orgName: $name, input: {name: BREVO}) { id }
         updateOrgProcessing(name: $name, emailBackend: BREVO) { id } }`,
      { name: able.name },
      able.token,
    );
    const own = await gateway.addCampaign(able);
    const page = await gateway.addPage(able, own, { supporterConfirmTemplate: 'confirm' });
    await gateway.owner.query('update catalog.campaigns set supporter_confirm = true where id = $1', [own.id]);
    expect(
      await gateway.errors(update, { id: page.id, input: { supporterConfirmTemplate: null } }, able.token),
    ).toEqual([['cannot finish: supporterConfirmTemplate', 'updateActionPage.supporterConfirm']]);
    await gateway.get(update, { id: page.id, input: { locale: 'pl' } }, able.token);
  });

  it('shows the reference of a template its provider knows by another name', async () => {
    await gateway.owner.query(
      `insert into catalog.email_templates (org_id, name, locale, external_id) values ($1, 'thank-you', 'en', '12345')`,
      [org.id],
    );
    const page = await gateway.addPage(org, campaign, { thankYouTemplate: 'thank-you' });
    expect(await gateway.get(`{ actionPage(id: ${page.id}) { thankYouTemplate thankYouTemplateRef } }`)).toEqual({
      actionPage: { thankYouTemplate: 'thank-you', thankYouTemplateRef: '12345' },
    });
  });
});

describe('status and location of pages', () => {
  it('follow the last actions, testing included', async () => {
    const page = await gateway.addPage(org, campaign);
    const { id: sourceId } = await gateway.one<{ id: number }>(
      `insert into actions.sources (hash, source, medium, location) values ('x', 's', 'm', 'https://example.org/p') returning id`,
    );
    const addAction = (days: number, source: number | null) =>
      gateway.owner.query(
        `insert into actions.actions (action_type, campaign_id, action_page_id, source_id, testing, inserted_at)
         values ('register', $1, $2, $3, true, now() - $4 * interval '1 day')`,
        [campaign.id, page.id, source, days],
      );
    const seen = () =>
      gateway.get(`{ actionPage(id: ${page.id}) { ... on PrivateActionPage { status location } } }`, {}, org.token);
    await addAction(400, null);
    expect(await seen()).toEqual({ actionPage: { status: 'STANDBY', location: null } });
    await addAction(90, sourceId);
    expect(await seen()).toEqual({ actionPage: { status: 'STALLED', location: 'https://example.org/p' } });
    await addAction(1, null);
    expect(await seen()).toEqual({ actionPage: { status: 'ACTIVE', location: 'https://example.org/p' } });
  });
});
