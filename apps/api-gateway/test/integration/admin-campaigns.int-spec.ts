import { campaignUpdatedEventV2 } from '@groundswell/contracts';
import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg({ contactSchema: 'ECI' });
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

const fields = `id name title externalId status contactSchema config start end
  campaignProcessing { supporterConfirm supporterConfirmTemplate actionConfirm }
  ... on PrivateCampaign { actionPages { id name locale live delivery extraSupporters }
    mtt { startAt endAt messageTemplate testEmail ccContacts ccSender dripDelivery maxEmailsPerHour maxPerTargetPerDay timezone } }`;
const add = `mutation ($orgName: String!, $input: CampaignInput!) { addCampaign(orgName: $orgName, input: $input) { ${fields} } }`;
const upsert = `mutation ($orgName: String!, $input: CampaignInput!) { upsertCampaign(orgName: $orgName, input: $input) { ${fields} } }`;
const update = `mutation ($id: Int, $name: String, $input: CampaignInput!) { updateCampaign(id: $id, name: $name, input: $input) { ${fields} } }`;

interface Found {
  id: number;
  actionPages: { id: number; name: string }[];
  [field: string]: unknown;
}
const run = async (document: string, variables: object, token = org.token): Promise<Found> =>
  Object.values(await gateway.get<Record<string, Found>>(document, variables, token))[0]!;
const inOrg = (input: object) => ({ orgName: org.name, input });

describe('addCampaign', () => {
  it('Fix: has the contact schema of its org, and defaults; ignores pages', async () => {
    const input = { name: unique('c'), title: 'T', actionPages: [{ name: 'x/y', locale: 'en' }] };
    expect(await run(add, inOrg(input))).toEqual({
      id: expect.any(Number) as number,
      ...{ name: input.name, title: 'T', externalId: null, status: 'LIVE', contactSchema: 'ECI', config: '{}' },
      ...{ start: null, end: null, actionPages: [], mtt: null },
      campaignProcessing: { supporterConfirm: null, supporterConfirmTemplate: null, actionConfirm: null },
    });
  });

  it('Fix: takes mail-to-target settings with messageTemplate, and their defaults', async () => {
    const mtt = { startAt: '2030-01-01T10:00:00+02:00', endAt: '2030-01-02T00:00:00Z', messageTemplate: 'mail' };
    expect(await run(add, inOrg({ name: unique('c'), title: 'T', mtt }))).toMatchObject({
      mtt: {
        ...{ startAt: '2030-01-01T08:00:00Z', endAt: '2030-01-02T00:00:00Z', messageTemplate: 'mail', testEmail: null },
        ...{ ccContacts: [], ccSender: false, dripDelivery: true, maxEmailsPerHour: null, maxPerTargetPerDay: 300 },
        timezone: 'Etc/UTC',
      },
    });
  });

  it('tells everything that is wrong together, with the path inside the input', async () => {
    const mtt = {
      ...{ startAt: '2030-01-02T00:00:00Z', testEmail: 'nobody', timezone: 'Moon/Base', maxPerTargetPerDay: 0 },
      ccContacts: ['ok@example.org', 'bad'],
    };
    const input = { name: 'a b', externalId: -1, start: '2030-01-02', end: '2030-01-02', mtt };
    expect(await gateway.errors(add, inOrg(input), org.token)).toEqual([
      ['has invalid format', 'addCampaign.name'],
      ["can't be blank", 'addCampaign.title'],
      ['is invalid', 'addCampaign.externalId'],
      ['must be after start', 'addCampaign.end'],
      ['must be greater than 0', 'addCampaign.mtt.maxPerTargetPerDay'],
      ['is invalid', 'addCampaign.mtt.timezone'],
      ["can't be blank", 'addCampaign.mtt.endAt'],
      ['has invalid format', 'addCampaign.mtt.testEmail'],
      ['has invalid format', 'addCampaign.mtt.ccContacts.1'],
    ]);
  });

  it('Fix: refuses taken names and external ids, each at its path', async () => {
    const first = await gateway.addCampaign(org, { externalId: 4711 });
    expect(await gateway.errors(add, inOrg({ name: first.name.toUpperCase(), title: 'T' }), org.token)).toEqual([
      ['has already been taken', 'addCampaign.name'],
    ]);
    expect(await gateway.errors(add, inOrg({ name: unique('c'), title: 'T', externalId: 4711 }), org.token)).toEqual([
      ['has already been taken', 'addCampaign.externalId'],
    ]);
    const other = await gateway.addOrg();
    await gateway.addCampaign(other, { externalId: 4711 });
  });

  it('needs manage_campaigns', async () => {
    const { id, token } = await gateway.addUser(`${unique('t')}@example.org`);
    await gateway.addStaffer(id, org.id, 1081344);
    const { errors } = await gateway.ask(add, inOrg({ name: unique('c'), title: 'T' }), token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied', required: ['manage_campaigns'] });
    const unknown = await gateway.ask(add, { orgName: 'no_such', input: { name: 'x', title: 'T' } }, token);
    expect(unknown.errors?.[0]?.extensions).toEqual({ code: 'not_found' });
  });
});

describe('upsertCampaign', () => {
  it('makes a campaign with pages, then finds both again', async () => {
    const name = unique('c');
    const pages = [
      { name: `${name}/en`, locale: 'en' },
      { name: `${name}/de`, locale: 'de_AT' },
    ];
    const made = await run(upsert, inOrg({ name, title: 'First', externalId: 9, actionPages: pages }));
    expect(made).toMatchObject({
      contactSchema: 'ECI',
      actionPages: [
        { name: `${name}/en`, locale: 'en', live: false, delivery: true, extraSupporters: 0 },
        { name: `${name}/de`, locale: 'de_AT' },
      ],
    });
    const again = await run(
      upsert,
      inOrg({
        name: `${name}_renamed`,
        externalId: 9,
        actionPages: [
          { name: `${name}/EN`, extraSupporters: 5 },
          { name: `${name}/fr`, locale: 'fr' },
        ],
      }),
    );
    expect(again).toMatchObject({ id: made.id, name: `${name}_renamed`, title: 'First' });
    expect(again.actionPages).toMatchObject([
      { id: made.actionPages[0]?.id, name: `${name}/EN`, extraSupporters: 5, locale: 'en' },
      { id: made.actionPages[1]?.id },
      { name: `${name}/fr` },
    ]);
    const byName = await run(upsert, inOrg({ name: `${name}_RENAMED`, config: { x: 1 }, actionPages: [] }));
    expect(byName).toMatchObject({ id: made.id, config: '{"x":1}', externalId: 9 });
  });

  it('Fix: tells what is wrong with a page at its place in actionPages, and rolls everything back', async () => {
    const name = unique('c');
    const actionPages = [{ name: `${name}/en`, locale: 'en' }, { locale: 'xx1' }, { name: 'nope', locale: 'de' }];
    expect(await gateway.errors(upsert, inOrg({ name, title: 'T', actionPages }), org.token)).toEqual([
      ["can't be blank", 'upsertCampaign.actionPages.1.name'],
      ['has invalid format', 'upsertCampaign.actionPages.1.locale'],
      ['has invalid format', 'upsertCampaign.actionPages.2.name'],
    ]);
    const other = await gateway.addOrg();
    const taken = await gateway.addPage(other, await gateway.addCampaign(other));
    const clash = [
      { name: `${name}/en`, locale: 'en' },
      { name: taken.name, locale: 'en' },
    ];
    expect(await gateway.errors(upsert, inOrg({ name, title: 'T', actionPages: clash }), org.token)).toEqual([
      ['has already been taken', 'upsertCampaign.actionPages.1.name'],
    ]);
    expect(await gateway.get(`{ campaigns(name: "${name}") { id } }`)).toEqual({ campaigns: [] });
  });

  it('Fix: neither name nor externalId is bad_arg; a name of another org is taken', async () => {
    const other = await gateway.addOrg();
    const theirs = await gateway.addCampaign(other);
    expect(await gateway.errors(upsert, inOrg({ name: theirs.name, title: 'T' }), org.token)).toEqual([
      ['has already been taken', 'upsertCampaign.name'],
    ]);
    for (const input of [{ title: 'T' }, { title: 'T', name: null, externalId: null }]) {
      const { errors } = await gateway.ask(upsert, inOrg(input), org.token);
      expect(errors?.[0]?.extensions).toEqual({ code: 'bad_arg' });
    }
  });

  it('Fix: adds mail-to-target settings to a campaign it finds', async () => {
    const { name } = await gateway.addCampaign(org);
    const mtt = { startAt: '2030-01-01T00:00:00Z', endAt: '2030-01-02T00:00:00Z' };
    expect(await run(upsert, inOrg({ name, mtt }))).toMatchObject({ mtt: { endAt: '2030-01-02T00:00:00Z' } });
  });

  it('writes the event campaign_updated for the lead into the outbox', async () => {
    const name = unique('c');
    const made = await run(upsert, inOrg({ name, title: 'Told', config: { deep: { a: [1] } } }));
    const row = await gateway.one<{
      body: string;
      lane: number;
      routing_key: string;
      headers: object;
      message_id: string;
    }>(`select * from catalog.outbox where body like '%' || $1 || '%'`, [name]);
    expect(row).toMatchObject({
      lane: org.id,
      routing_key: `${org.name}.system.campaign_updated`,
      headers: { org_id: org.id, org: org.name, event_type: 'campaign_updated' },
    });
    expect(row.message_id).toMatch(/^event:[0-9a-f-]{36}$/);
    expect(campaignUpdatedEventV2.parse(JSON.parse(row.body))).toEqual({
      schema: 'proca:event:2',
      eventType: 'campaign_updated',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      orgId: org.id,
      campaignId: made.id,
      campaign: {
        ...{ id: made.id, name, title: 'Told', externalId: null, contactSchema: 'eci', config: { deep: { a: [1] } } },
        org: { name: org.name, title: 'An org' },
      },
    });
  });
});

describe('updateCampaign', () => {
  it('changes what is given, by id or name', async () => {
    const { id, name } = await gateway.addCampaign(org, { start: '2030-01-01', end: '2030-02-01', externalId: 12 });
    expect(
      await run(update, { id, input: { status: 'CLOSED', externalId: null, end: null, actionPages: [{ name: 'z' }] } }),
    ).toMatchObject({ status: 'CLOSED', externalId: null, start: '2030-01-01', end: null });
    const renamed = unique('c');
    expect(await run(update, { name, input: { name: renamed } })).toMatchObject({ id, name: renamed });
    expect(await gateway.errors(update, { id, input: { end: '2029-12-31' } }, org.token)).toEqual([
      ['must be after start', 'updateCampaign.end'],
    ]);
    expect((await gateway.ask(update, { id, name, input: {} }, org.token)).errors?.[0]?.extensions).toEqual({
      code: 'bad_arg',
    });
  });

  it('merges mail-to-target settings', async () => {
    const { id } = await gateway.addCampaign(org);
    expect(await gateway.errors(update, { id, input: { mtt: { testEmail: 'a@example.org' } } }, org.token)).toEqual([
      ["can't be blank", 'updateCampaign.mtt.startAt'],
      ["can't be blank", 'updateCampaign.mtt.endAt'],
    ]);
    const mtt = { startAt: '2030-01-01T00:00:00Z', endAt: '2030-01-02T00:00:00Z', ccContacts: ['a@example.org'] };
    await run(update, { id, input: { mtt } });
    const merged = await run(update, { id, input: { mtt: { testEmail: 'a@example.org', ccSender: true } } });
    expect(merged).toMatchObject({
      mtt: { startAt: mtt.startAt, ccContacts: ['a@example.org'], testEmail: 'a@example.org', ccSender: true },
    });
    expect(await gateway.errors(update, { id, input: { mtt: { endAt: '2030-01-01T00:00:00Z' } } }, org.token)).toEqual([
      ['should be after start_at', 'updateCampaign.mtt.endAt'],
    ]);
  });

  it('is open to whoever may change campaign settings in the lead, and to nobody else', async () => {
    const { id } = await gateway.addCampaign(org);
    const { id: userId, token } = await gateway.addUser(`${unique('t')}@example.org`);
    await gateway.addStaffer(userId, org.id, 1048576);
    await run(update, { id, input: { title: 'By a coordinator' } }, token);
    const partner = await gateway.addOrg();
    await gateway.addPage(partner, { name: (await run(update, { id, input: {} })).name as string });
    const { errors } = await gateway.ask(update, { id, input: { title: 'Ours' } }, partner.token);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'permission_denied',
      required: ['manage_campaigns', 'change_campaign_settings'],
    });
  });
});

describe('campaigns that cannot finish', () => {
  const errorsOf = (document: string, variables: object) => gateway.errors(document, variables, org.token);

  it('are refused for the lead, and for every org with a page', async () => {
    expect(await errorsOf(add, inOrg({ name: unique('c'), title: 'T', supporterConfirm: true }))).toContainEqual([
      'cannot finish: emailBackend',
      'addCampaign.supporterConfirm',
    ]);
    const able = await gateway.addOrg();
    await gateway.get(
      'mutation ($name: String!) { updateOrgProcessing(name: $name, customSupporterConfirm: true) { id } }',
      { name: able.name },
      able.token,
    );
    const campaign = await gateway.addCampaign(able, { supporterConfirm: true });
    await gateway.addPage(able, campaign);
    const partner = await gateway.addOrg();
    expect(
      await gateway.errors(
        `mutation { addActionPage(orgName: "${partner.name}", campaignName: "${campaign.name}", input: {name: "${unique('p')}/en", locale: "en"}) { id } }`,
        {},
        partner.token,
      ),
    ).toContainEqual(['cannot finish: emailBackend', 'addActionPage.supporterConfirm']);
    await gateway.get(update, { id: campaign.id, input: { supporterConfirm: null } }, able.token);
    // The org itself still confirms by its custom queue; a partner without one is not asked to.
    await gateway.addPage(partner, campaign);
    expect(
      await gateway.errors(update, { id: campaign.id, input: { supporterConfirm: true } }, able.token),
    ).toContainEqual(['cannot finish: emailBackend', 'updateCampaign.supporterConfirm']);
    await gateway.get(update, { id: campaign.id, input: { supporterConfirm: false, actionConfirm: true } }, able.token);
  });
});
