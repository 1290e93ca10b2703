import type { TestDatabase } from '@groundswell/testing';
import { CatalogueRefresher } from '../../src/catalogue-writing/catalogue-refresher';
import { AdminGateway, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let lead: { id: number; name: string; token: string; userId: number };
let partner: typeof lead;
let campaign: { id: number; name: string };
let leadPage: { id: number; name: string };
let partnerPage: { id: number; name: string };
let admin: string;
let stranger: string;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  lead = await gateway.addOrg({ config: { theme: 'green' } });
  partner = await gateway.addOrg();
  campaign = await gateway.addCampaign(lead, { title: 'Save 100% of the_forest', externalId: 77 });
  leadPage = await gateway.addPage(lead, campaign, { config: { journey: ['Petition', 'Donate'] } });
  partnerPage = await gateway.addPage(partner, campaign);
  admin = (await gateway.addUser('root@example.org', 15)).token;
  stranger = (await gateway.addUser('stranger@example.org')).token;
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

const typename = async (query: string, token?: string) => {
  const data = await gateway.get<Record<string, { __typename: string }>>(`{ ${query} { __typename } }`, {}, token);
  return Object.values(data)[0]?.__typename;
};

describe('action pages', () => {
  it.each([
    ['anyone', () => undefined, 'PublicActionPage'],
    ['a user without membership', () => stranger, 'PublicActionPage'],
    ['staff of the page', () => partner.token, 'PrivateActionPage'],
    ['staff of the lead', () => lead.token, 'PrivateActionPage'],
    ['an instance owner', () => admin, 'PrivateActionPage'],
  ])('Fix: private also for the lead and instance owners: to %s', async (_who, token, expected) => {
    expect(await typename(`actionPage(id: ${partnerPage.id})`, token())).toBe(expected);
  });

  it('are found by id, name or url, in any case', async () => {
    const shout = leadPage.name.toUpperCase();
    const query = `query ($id: Int, $shout: String) {
      a: actionPage(id: $id) { id } b: actionPage(name: $shout) { id } c: actionPage(url: $shout) { id }
      d: actionPage(id: $id, name: null, url: null) { id } }`;
    const found = await gateway.get<Record<string, { id: number }>>(query, { id: leadPage.id, shout });
    expect(Object.values(found).map(({ id }) => id)).toEqual([leadPage.id, leadPage.id, leadPage.id, leadPage.id]);
  });

  it('need exactly one identifier and must exist', async () => {
    const twice = await gateway.ask('{ actionPage(id: 1, name: "a/b") { id } }');
    expect(twice.errors).toMatchObject([
      { message: 'Provide exactly one identifier argument', path: ['actionPage'], extensions: { code: 'bad_arg' } },
    ]);
    const none = await gateway.ask('{ actionPage { id } }');
    expect(none.errors?.[0]?.extensions).toEqual({ code: 'bad_arg' });
    const unknown = await gateway.ask('{ actionPage(id: 99999999) { id } }');
    expect(unknown).toMatchObject({
      data: null,
      errors: [{ message: 'Entity not found', path: ['actionPage'], extensions: { code: 'not_found' } }],
    });
  });

  it('answer the widget at its start', async () => {
    const { actionPage } = await gateway.get<{ actionPage: Record<string, unknown> }>(
      `query ($id: Int) { actionPage(id: $id) { id name locale journey live config thankYouTemplate thankYouTemplateRef
         campaign { __typename title externalId stats { supporterCount actionCount { actionType count } } org { name title } }
         org { __typename name title config id } stats { supporterCount } extraSupporters } }`,
      { id: leadPage.id },
    );
    expect(actionPage).toMatchObject({
      id: leadPage.id,
      journey: ['Petition', 'Donate'],
      config: '{"journey":["Petition","Donate"]}',
      live: false,
      thankYouTemplateRef: null,
      campaign: {
        __typename: 'PublicCampaign',
        title: 'Save 100% of the_forest',
        externalId: 77,
        stats: { supporterCount: 0, actionCount: [] },
        org: { name: lead.name },
      },
      org: { __typename: 'PublicOrg', name: lead.name, config: '{"theme":"green"}', id: lead.id },
      stats: { supporterCount: 0 },
      extraSupporters: 0,
    });
  });

  it('have the default journey and a status for their staff', async () => {
    const { actionPage } = await gateway.get<{ actionPage: object }>(
      `{ actionPage(id: ${partnerPage.id}) { journey ... on PrivateActionPage { delivery status location supporterConfirmTemplate duplicateTemplate } } }`,
      {},
      partner.token,
    );
    expect(actionPage).toEqual({
      journey: ['Petition', 'Share'],
      delivery: true,
      status: 'STANDBY',
      location: null,
      supporterConfirmTemplate: null,
      duplicateTemplate: null,
    });
  });
});

describe('campaigns', () => {
  it.each([
    ['anyone', () => undefined, 'PublicCampaign'],
    ['staff of a partner', () => partner.token, 'PublicCampaign'],
    ['staff of the lead', () => lead.token, 'PrivateCampaign'],
    ['an instance owner', () => admin, 'PrivateCampaign'],
  ])('Fix: public for partners: to %s', async (_who, token, expected) => {
    expect(await typename(`campaign(id: ${campaign.id})`, token())).toBe(expected);
  });

  it('Fix: list all their pages for the lead and nothing of other campaigns', async () => {
    const other = await gateway.addCampaign(lead);
    await gateway.addPage(lead, other);
    const { campaign: found } = await gateway.get<{ campaign: { actionPages: object[] } }>(
      `{ campaign(id: ${campaign.id}) { ... on PrivateCampaign { forceDelivery actionPages { id status __typename org { name __typename } } } } }`,
      {},
      lead.token,
    );
    expect(found).toEqual({
      forceDelivery: false,
      actionPages: [
        {
          id: leadPage.id,
          status: 'STANDBY',
          __typename: 'PrivateActionPage',
          org: { name: lead.name, __typename: 'PrivateOrg' },
        },
        {
          id: partnerPage.id,
          status: 'STANDBY',
          __typename: 'PrivateActionPage',
          org: { name: partner.name, __typename: 'PublicOrg' },
        },
      ],
    });
  });

  it('are listed by id, name or title pattern, the first given deciding', async () => {
    const list = async (args: string) => {
      const { campaigns } = await gateway.get<{ campaigns: { id: number }[] }>(`{ campaigns(${args}) { id } }`);
      return campaigns.map(({ id }) => id);
    };
    expect(await list(`id: ${campaign.id}, name: "x", title: "y"`)).toEqual([campaign.id]);
    expect(await list(`name: "${campaign.name.toUpperCase()}"`)).toEqual([campaign.id]);
    expect(await list('title: "Save%forest"')).toEqual([campaign.id]);
    expect(await list('title: "save%"')).toEqual([]);
    expect(await list('title: "Save 100\\\\% of the\\\\_forest"')).toEqual([campaign.id]);
    expect(await list('title: "Save"')).toEqual([]);
    expect(await list('id: 99999999')).toEqual([]);
  });

  it('Fix: are listed without argument newest first, drafts left out', async () => {
    const draft = await gateway.addCampaign(lead, { status: 'DRAFT' });
    const newest = await gateway.addCampaign(lead);
    const { campaigns } = await gateway.get<{ campaigns: { id: number; __typename: string }[] }>(
      '{ campaigns { id __typename } }',
      {},
      lead.token,
    );
    expect(campaigns[0]).toEqual({ id: newest.id, __typename: 'PublicCampaign' });
    expect(campaigns.map(({ id }) => id)).not.toContain(draft.id);
  });

  it('answer null beside the error when there is none', async () => {
    const answer = await gateway.ask('{ campaign(name: "no_such") { id } }');
    expect(answer).toMatchObject({ data: { campaign: null }, errors: [{ extensions: { code: 'not_found' } }] });
  });
});

describe('orgs', () => {
  it('are read by their staff and instance owners only', async () => {
    const query = `{ org(name: "${lead.name}") { id } }`;
    for (const token of [undefined, stranger, partner.token]) {
      const answer = await gateway.ask(query, {}, token);
      expect(answer.errors).toMatchObject([
        { message: 'User is not a member of organisation', extensions: { code: 'unauthorized' } },
      ]);
    }
    expect((await gateway.ask(query, {}, lead.token)).errors).toBeUndefined();
    expect((await gateway.ask(query, {}, admin)).errors).toBeUndefined();
    const unknown = await gateway.ask('{ org(name: "no_such") { id } }', {}, lead.token);
    expect(unknown.errors?.[0]).toMatchObject({ message: 'Entity not found', extensions: { code: 'not_found' } });
  });

  it('show their staff everything below', async () => {
    const { org } = await gateway.get<{ org: Record<string, unknown> }>(
      `query ($name: String!, $page: String, $campaign: Int!) { org(name: $name) {
         personalData { contactSchema supporterConfirm highSecurity doiThankYou replyEnabled senderRewrite emailOptIn emailOptInTemplate }
         keys { id } services { id } users { email role createdAt joinedAt lastSigninAt }
         processing { emailFrom emailBackend supporterConfirm customActionDeliver emailTemplates pushBackend }
         campaigns { id __typename } actionPages { id __typename }
         actionPage(name: $page) { id __typename } campaign(id: $campaign) { id } } }`,
      { name: partner.name, page: partnerPage.name, campaign: campaign.id },
      partner.token,
    );
    expect(org).toMatchObject({
      personalData: {
        contactSchema: 'BASIC',
        supporterConfirm: false,
        highSecurity: false,
        doiThankYou: false,
        replyEnabled: true,
        senderRewrite: true,
        emailOptIn: false,
        emailOptInTemplate: null,
      },
      keys: [],
      services: [],
      users: [{ role: 'owner', lastSigninAt: null }],
      processing: { emailBackend: null, supporterConfirm: false, customActionDeliver: false, emailTemplates: [] },
      campaigns: [{ id: campaign.id, __typename: 'PublicCampaign' }],
      actionPages: [{ id: partnerPage.id, __typename: 'PrivateActionPage' }],
      actionPage: { id: partnerPage.id, __typename: 'PrivateActionPage' },
      campaign: { id: campaign.id },
    });
  });

  it('Fix: give a page of their own or of a campaign they lead, and no other', async () => {
    const ask = (name: string, token: string, id: number) =>
      gateway.ask(`{ org(name: "${name}") { actionPage(id: ${id}) { id __typename } } }`, {}, token);
    expect((await ask(lead.name, lead.token, partnerPage.id)).data).toMatchObject({
      org: { actionPage: { __typename: 'PrivateActionPage' } },
    });
    expect((await ask(partner.name, partner.token, leadPage.id)).errors?.[0]).toMatchObject({
      message: 'action page not found',
      extensions: { code: 'not_found' },
    });
    const other = await gateway.addCampaign(lead);
    const foreign = await gateway.ask(
      `{ org(name: "${partner.name}") { campaign(id: ${other.id}) { id } } }`,
      {},
      partner.token,
    );
    expect(foreign.errors?.[0]).toMatchObject({ message: 'Cannot find campaign', extensions: { code: 'not_found' } });
  });

  it('select campaigns and pages', async () => {
    const query = `query ($name: String!, $lead: String, $campaign: Int) { org(name: $name) {
      byTitle: campaigns(select: {titleLike: "Save%"}) { id } byLead: campaigns(select: {orgName: $lead}) { id }
      none: campaigns(select: {orgName: "nobody"}) { id } pages: actionPages(select: {campaignId: $campaign}) { id }
      noPages: actionPages(select: {campaignId: 0}) { id } } }`;
    const variables = { name: partner.name, lead: lead.name, campaign: campaign.id };
    const { org } = await gateway.get<{ org: object }>(query, variables, partner.token);
    expect(org).toEqual({
      byTitle: [{ id: campaign.id }],
      byLead: [{ id: campaign.id }],
      none: [],
      pages: [{ id: partnerPage.id }],
      noPages: [],
    });
  });

  it('are private wherever a manager of orgs meets them', async () => {
    const { token } = await gateway.addUser(`${unique('manager')}@example.org`, 1 << 3);
    expect(await typename(`org: actionPage(id: ${leadPage.id})`, token)).toBe('PublicActionPage');
    const { actionPage } = await gateway.get<{ actionPage: { org: object } }>(
      `{ actionPage(id: ${leadPage.id}) { org { __typename } } }`,
      {},
      token,
    );
    expect(actionPage.org).toEqual({ __typename: 'PrivateOrg' });
  });
});

describe('the current user', () => {
  it('must be signed in', async () => {
    const { errors } = await gateway.ask('{ currentUser { id } }');
    expect(errors).toMatchObject([
      { message: 'Authentication is required for this API call', extensions: { code: 'unauthorized' } },
    ]);
  });

  it('has roles with private orgs, each seen with its own membership', async () => {
    await gateway.addStaffer(partner.userId, lead.id, 1 << 20);
    const { currentUser } = await gateway.get<{ currentUser: Record<string, unknown> }>(
      `{ currentUser { id email isAdmin phone apiToken { expiresAt } roles { role org { __typename name
           ... on PrivateOrg { id users { email } campaigns(select: {titleLike: "Save%"}) { __typename } } } } } }`,
      {},
      partner.token,
    );
    expect(currentUser).toMatchObject({ id: partner.userId, isAdmin: false, phone: null });
    expect(currentUser['roles']).toMatchObject([
      {
        role: 'coordinator',
        org: { __typename: 'PrivateOrg', name: lead.name, campaigns: [{ __typename: 'PrivateCampaign' }] },
      },
      {
        role: 'owner',
        org: { __typename: 'PrivateOrg', name: partner.name, campaigns: [{ __typename: 'PublicCampaign' }] },
      },
    ]);
    const { expiresAt } = currentUser['apiToken'] as { expiresAt: string };
    const days = (new Date(`${expiresAt}Z`).getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    await gateway.owner.query('delete from catalog.staffers where user_id = $1 and org_id = $2', [
      partner.userId,
      lead.id,
    ]);
  });

  it('gets a new API token, and the old one ends', async () => {
    const { token } = await gateway.addUser(`${unique('someone')}@example.org`);
    const { resetApiToken } = await gateway.get<{ resetApiToken: string }>('mutation { resetApiToken }', {}, token);
    expect(resetApiToken).toMatch(/^API-/);
    await expect(gateway.ask('{ currentUser { id } }', {}, token)).rejects.toThrow('HTTP 401');
    const { currentUser } = await gateway.get<{ currentUser: object }>(
      '{ currentUser { isAdmin } }',
      {},
      resetApiToken,
    );
    expect(currentUser).toEqual({ isAdmin: false });
    expect((await gateway.errors('mutation { resetApiToken }'))[0]?.[0]).toBe(
      'Authentication is required for this API call',
    );
  });
});

describe('rows marked as deleted', () => {
  it('are gone for every query', async () => {
    const gone = await gateway.addPage(lead, campaign);
    await gateway.owner.query('update catalog.action_pages set deleted_at = now() where id = $1', [gone.id]);
    await gateway.app.get(CatalogueRefresher).refresh();
    const answer = await gateway.ask(`{ actionPage(id: ${gone.id}) { id } }`, {}, lead.token);
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'not_found' });
    const { org } = await gateway.get<{ org: { actionPages: { id: number }[] } }>(
      `{ org(name: "${lead.name}") { actionPages { id } } }`,
      {},
      lead.token,
    );
    expect(org.actionPages.map(({ id }) => id)).not.toContain(gone.id);
  });
});
