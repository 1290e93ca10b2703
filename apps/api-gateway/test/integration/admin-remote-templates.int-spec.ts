import type { TestDatabase } from '@groundswell/testing';
import type { ProviderTemplates } from '../../src/catalogue-writing/remote-templates';
import { AdminGateway, unique, withDatabase } from './admin.fixture';

/** What email-delivery would tell; null: it does not answer. */
let told: Pick<ProviderTemplates, 'names' | 'isCurrent'> | null;
const asked: (readonly number[])[] = [];

let database: TestDatabase;
let gateway: AdminGateway;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database, {
    surroundings: {
      providerTemplates: async (serviceIds) => {
        asked.push(serviceIds);
        // Whoever waits for a provider holds up no other writer.
        await gateway.one('select version from catalog.catalogue_version for update nowait');
        return told === null ? [] : serviceIds.map((serviceId) => ({ serviceId, ...told! }));
      },
    },
  });
});
beforeEach(() => {
  told = { names: ['welcome', 'bye'], isCurrent: true };
  asked.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

type Org = Awaited<ReturnType<AdminGateway['addOrg']>>;

async function anOrg(backend: string): Promise<Org> {
  const org = await gateway.addOrg();
  await gateway.get(
    `mutation ($org: String!) {
       upsertService(orgName: $org, input: { name: ${backend}, host: "tls://mail.example.org", password: "x" }) { id }
       updateOrgProcessing(name: $org, emailBackend: ${backend}) { id }
       upsertTemplate(orgName: $org, input: { name: "own", locale: "en", subject: "S", html: "<p>hi</p>" }) }`,
    { org: org.name },
    org.token,
  );
  return org;
}

const listed = async (org: Org): Promise<string[]> => {
  const query = `{ org(name: "${org.name}") { processing { emailTemplates } } }`;
  const found = await gateway.get<{ org: { processing: { emailTemplates: string[] } } }>(query, {}, org.token);
  return found.org.processing.emailTemplates;
};

const naming = (org: Org, template: string) =>
  gateway.errors(
    `mutation ($input: OrgInput!) { updateOrg(name: "${org.name}", input: $input) { name } }`,
    { input: { supporterConfirmTemplate: template } },
    org.token,
  );

describe.each(['MAILJET', 'BREVO'])('templates at %s', (backend) => {
  let org: Org;
  beforeAll(async () => {
    org = await anOrg(backend);
  });

  it('are listed after those of the org', async () => {
    expect(await listed(org)).toEqual(['own@en', 'welcome', 'bye']);
    told = { names: ['old'], isCurrent: false };
    expect(await listed(org)).toEqual(['own@en', 'old']);
    told = null;
    expect(await listed(org)).toEqual(['own@en']);
  });

  it('may be named, others not', async () => {
    expect(await naming(org, 'welcome')).toEqual([]);
    expect(await naming(org, 'unknown')).toEqual([['Template not found', 'updateOrg.supporterConfirmTemplate']]);
    expect(asked).toHaveLength(2);
  });

  it('are not asked for while the org has one of that name', async () => {
    expect(await naming(org, 'own')).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['email-delivery is away', null],
    ['the provider is away', { names: null, isCurrent: false }],
    ['the list is old', { names: ['welcome'], isCurrent: false }],
  ])('may have any name while %s', async (_what, tells) => {
    told = tells;
    expect(await naming(org, unique('template'))).toEqual([]);
  });

  it('are asked for once for all names of a change', async () => {
    const campaign = await gateway.addCampaign(org);
    asked.length = 0;
    const pages = await gateway.errors(
      'mutation ($org: String!, $input: CampaignInput!) { upsertCampaign(orgName: $org, input: $input) { id } }',
      {
        org: org.name,
        input: {
          name: campaign.name,
          supporterConfirmTemplate: 'welcome',
          actionPages: [
            { name: `${unique('page')}/en`, locale: 'en', thankYouTemplate: 'bye', duplicateTemplate: 'unknown' },
          ],
        },
      },
      org.token,
    );
    expect(pages).toEqual([['Template not found', 'upsertCampaign.actionPages.0.duplicateTemplate']]);
    expect(asked).toHaveLength(1);
  });

  it('are known of a backend that is chosen by the same change', async () => {
    const other = await anOrg('SMTP');
    const errors = await gateway.errors(
      `mutation ($org: String!) {
         upsertService(orgName: $org, input: { name: ${backend}, password: "x" }) { id }
         updateOrgProcessing(name: $org, emailBackend: ${backend}, supporterConfirmTemplate: "unknown") { id } }`,
      { org: other.name },
      other.token,
    );
    expect(errors).toEqual([['Template not found', 'updateOrgProcessing.supporterConfirmTemplate']]);
  });
});

it('asks nobody for templates of a mail server', async () => {
  const org = await anOrg('SMTP');
  expect(await listed(org)).toEqual(['own@en']);
  expect(await naming(org, 'welcome')).toEqual([['Template not found', 'updateOrg.supporterConfirmTemplate']]);
  expect(asked).toEqual([]);
});

it('asks once for all orgs of a list', async () => {
  const orgs = [await anOrg('BREVO'), await anOrg('MAILJET'), await anOrg('BREVO')];
  const admin = await gateway.addUser(`${unique('admin')}@example.org`, 0b1111);
  for (const { id } of orgs) await gateway.addStaffer(admin.id, id, 0);
  const query = '{ currentUser { roles { org { ... on PrivateOrg { processing { emailTemplates } } } } } }';
  const { currentUser } = await gateway.get<{ currentUser: { roles: object[] } }>(query, {}, admin.token);
  expect(currentUser.roles).toEqual(
    orgs.map(() => ({ org: { processing: { emailTemplates: ['own@en', 'welcome', 'bye'] } } })),
  );
  expect(asked).toHaveLength(1);
  expect(asked[0]).toHaveLength(3);
});
