import { roleMask, type Role } from '@groundswell/domain';
import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };
let campaign: { id: number; name: string };
let page: { id: number; name: string };
const tokens = new Map<Role, string>();

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
  campaign = await gateway.addCampaign(org);
  page = await gateway.addPage(org, campaign);
  for (const role of Object.keys(roleMask) as Role[]) {
    const { id, token } = await gateway.addUser(`${unique(role)}@example.org`);
    await gateway.addStaffer(id, org.id, roleMask[role]);
    tokens.set(role, token);
  }
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

const calls: Record<string, () => string> = {
  org: () => `{ org(name: "${org.name}") { id } }`,
  updateOrg: () => `mutation { updateOrg(name: "${org.name}", input: {title: "T"}) { id } }`,
  updateOrgProcessing: () => `mutation { updateOrgProcessing(name: "${org.name}") { id } }`,
  upsertService: () => `mutation { upsertService(orgName: "${org.name}", input: {name: SQS}) { id } }`,
  generateKey: () => `mutation { generateKey(orgName: "${org.name}", input: {name: "k"}) { id } }`,
  addCampaign: () =>
    `mutation { addCampaign(orgName: "${org.name}", input: {name: "${unique('c')}", title: "T"}) { id } }`,
  upsertCampaign: () => `mutation { upsertCampaign(orgName: "${org.name}", input: {name: "${campaign.name}"}) { id } }`,
  updateCampaign: () => `mutation { updateCampaign(id: ${campaign.id}, input: {title: "T"}) { id } }`,
  addActionPage: () =>
    `mutation { addActionPage(orgName: "${org.name}", campaignName: "${campaign.name}", input: {name: "${unique('p')}/en", locale: "en"}) { id } }`,
  updateActionPage: () => `mutation { updateActionPage(id: ${page.id}, input: {locale: "en"}) { id } }`,
};

describe('what a role may do', () => {
  it.each([
    ['org', 'owner campaigner translator coordinator'],
    ['updateOrg', 'owner campaigner'],
    ['updateOrgProcessing', 'owner campaigner'],
    ['upsertService', 'owner campaigner'],
    ['generateKey', 'owner campaigner'],
    ['addCampaign', 'owner campaigner'],
    ['upsertCampaign', 'owner campaigner'],
    ['updateCampaign', 'owner campaigner translator coordinator'],
    ['addActionPage', 'owner campaigner'],
    ['updateActionPage', 'owner campaigner'],
  ])('%s: %s', async (call, roles) => {
    const allowed: Role[] = [];
    for (const [role, token] of tokens) {
      const { errors } = await gateway.ask(calls[call]!(), {}, token);
      if (!errors) allowed.push(role);
      else expect(errors[0]?.extensions?.['code']).toBe('permission_denied');
    }
    expect(allowed.join(' ')).toBe(roles);
  });
});

it('Fix: what one root field found out does not hold for the next', async () => {
  const other = await gateway.addOrg();
  const theirs = await gateway.addPage(other, await gateway.addCampaign(other));
  const found = await gateway.get(
    `{ a: actionPage(id: ${page.id}) { __typename } b: actionPage(id: ${theirs.id}) { __typename } }`,
    {},
    org.token,
  );
  expect(found).toEqual({ a: { __typename: 'PrivateActionPage' }, b: { __typename: 'PublicActionPage' } });
});
