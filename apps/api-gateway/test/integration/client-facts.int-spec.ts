import { hashPassword } from '@groundswell/crypto';
import { roleMask } from '@groundswell/domain';
import { signature, addActionContact } from './accept.fixture';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

/**
 * graphql-api.md §10, fact by fact, on a whole gateway. Told elsewhere in full:
 * 3 and 4 every rule of a contact: accept-contact; 5 and 6 linking: apps/e2e signature-to-crm, proca-api; 7 every place of a name:
 * transport-leniency; 8 every credential: transport-auth; 12 sockets: apps/e2e proca-api, subscriptions; 13 deletion:
 * admin-deletion; 14 who may what: permission-matrix; 15 targets: admin-targets; 16 accept-action, spool, apps/e2e repeats.
 */
let fleet: GatewayFleet;
let gateway: RunningGateway;
let lead: { orgId: number; pageId: number; token: string };
let nextName = 0;

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  const { orgId, pageId } = await fleet.insertPage('act.org/bees');
  lead = { orgId, pageId, token: await fleet.addOwner(orgId) };
  gateway = await fleet.start();
  await gateway.isReady();
});
afterAll(() => fleet.close());
beforeEach(() => fleet.takeIngested());

const newName = (): string => `facts_${(nextName += 1)}`;

type Errors = { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];

async function data<Data>(query: string, token?: string): Promise<Data> {
  const answer = await gateway.post(query, {}, token);
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data as unknown as Data;
}

async function errors(query: string, token?: string): Promise<Errors> {
  return (await gateway.post(query, {}, token)).errors ?? [];
}

it('1 a widget starts with one anonymous request', async () => {
  const answer = await gateway.http.post(`/api?id=${lead.pageId}`).send({
    operationName: '',
    query: `query ($actionPage: Int) { actionPage(id: $actionPage) { id name locale journey config
      campaign { title stats { supporterCount actionCount { actionType count } } org { name title } } } }`,
    variables: { actionPage: lead.pageId },
    extensions: {},
  });
  expect([answer.status, answer.body]).toEqual([
    200,
    {
      data: {
        actionPage: {
          ...{ id: lead.pageId, name: 'act.org/bees', locale: 'en', journey: ['Petition', 'Share'], config: '{}' },
          campaign: {
            title: 'act_org_bees',
            stats: { supporterCount: 0, actionCount: [] },
            org: { name: 'act_org_bees', title: 'act_org_bees' },
          },
        },
      },
    },
  ]);
});

it('2 the counter is a bare GET from another origin', async () => {
  const query = '{actionPage(id:1){campaign{stats{supporterCount}}}}'.replace('1', String(lead.pageId));
  const answer = await gateway.http.get('/api').query({ query, variables: '{}' }).set('origin', 'https://news.example');
  expect(answer.status).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBe('*');
  expect(answer.body).toEqual({ data: { actionPage: { campaign: { stats: { supporterCount: 0 } } } } });
});

it.each([
  ['<SCRIPT>', 'has invalid format'],
  ['a'.repeat(6_000), 'should be at most 64 character(s)'],
])('3 a wrong name says so at its form field', async (firstName, message) => {
  const { contact, ...rest } = signature(lead.pageId);
  const { errors: found } = await gateway.post(addActionContact, { ...rest, contact: { ...contact, firstName } });
  expect(found?.map((error) => [error.message, error.path])).toContainEqual([
    message,
    ['addActionContact', 'firstName'],
  ]);
});

it('3 a birth date that is no date is an error of the argument', async () => {
  const { contact, ...rest } = signature(lead.pageId);
  const answer = await gateway.post(addActionContact, { ...rest, contact: { ...contact, birthDate: '' } });
  expect(answer).toEqual({ errors: [expect.objectContaining({ message: expect.stringContaining('birthDate') })] });
});

it('4 empty texts are not given, and no consent is null', async () => {
  const { contact, ...rest } = signature(lead.pageId);
  const address = { country: '', postcode: '' };
  const answer = await gateway.post(addActionContact, { ...rest, privacy: {}, contact: { ...contact, address } });
  expect(answer.errors).toBeUndefined();
  const [submission] = await fleet.takeSubmissions();
  expect(submission?.contacts).toEqual([
    expect.objectContaining({ orgId: lead.orgId, deliveryConsent: true, communicationConsent: null }),
  ]);
});

it('7 snake_case keys are taken', async () => {
  const contact = 'contact: { first_name: "Ada", email: "ada@example.org", address: { street_number: "7" } }';
  const sign = `mutation { addActionContact(action_page_id: ${lead.pageId}, action: { action_type: "petition" }, ${contact},
    privacy: { opt_in: true }) { contact_ref firstName } }`;
  expect(await data(sign)).toEqual({
    addActionContact: { contact_ref: expect.stringMatching(/^[\w-]{43}$/) as string, firstName: 'Ada' },
  });
  const confirm = '{ code: "123456789012", object_id: 1 }';
  const accept = `mutation { acceptOrgConfirm(name: "act_org_bees", confirm: ${confirm}) { status } }`;
  expect(await errors(accept, lead.token)).toMatchObject([{ message: 'code invalid' }]);
});

it('8 a password gives a token, the token tells who one is, and a wrong one is 401 in JSON', async () => {
  const [email, password] = ['cli@example.org', 'correct horse'];
  await fleet.insert('users', { email, hashed_password: await hashPassword(password, 4) });
  const signedIn = await gateway.http.post('/api').auth(email, password).send({ query: 'mutation { resetApiToken }' });
  const { resetApiToken } = (signedIn.body as { data: { resetApiToken: string } }).data;
  expect(resetApiToken).toMatch(/^API-/);
  expect(await data('{ currentUser { email apiToken { expiresAt } } }', resetApiToken)).toMatchObject({
    currentUser: { email, apiToken: { expiresAt: expect.any(String) as string } },
  });
  const unknown = `${resetApiToken.slice(0, -4)}AAAA`;
  const refused = await gateway.http.post('/api').auth(unknown, { type: 'bearer' }).send({ query: '{ __typename }' });
  expect([refused.status, refused.body]).toEqual([
    401,
    { data: null, errors: [{ message: 'Cannot verify token', extensions: { code: 'unauthorized' } }] },
  ]);
});

it('9 the errors clients read: outsider, unknown campaign, taken page name', async () => {
  const stranger = await fleet.addOwner();
  expect(await errors('{ org(name: "act_org_bees") { id } }', stranger)).toMatchObject([
    { message: 'User is not a member of organisation' },
  ]);
  expect(await errors('{ campaign(name: "no_such") { id } }')).toMatchObject([{ extensions: { code: 'not_found' } }]);
  const add = `mutation { addActionPage(orgName: "act_org_bees", campaignName: "act_org_bees",
    input: { name: "act.org/bees", locale: "en" }) { id } }`;
  expect((await errors(add, lead.token))[0]?.path?.[1]).toBe('name');
});

it('10 a partner joins: org, page, request to launch, acceptance by the lead', async () => {
  const partner = await fleet.addOwner();
  const name = newName();
  await data(`mutation { addOrg(input: { name: "${name}", title: "Partner" }) { id } }`, partner);
  const added = await data<{ addActionPage: { id: number; live: boolean } }>(
    `mutation { addActionPage(orgName: "${name}", campaignName: "act_org_bees",
       input: { name: "${name}/en", locale: "en" }) { id live } }`,
    partner,
  );
  const { id: pageId, live } = added.addActionPage;
  expect(live).toBe(false);
  const launch = `mutation { launchActionPage(name: "${name}/en", message: "please") { status } }`;
  expect(await data(launch, partner)).toEqual({ launchActionPage: { status: 'CONFIRMING' } });
  const code = `select code from catalog.confirms where object_id = ${pageId}`;
  const { rows } = await fleet.sql.query<{ code: string }>(code);
  const accept = `mutation { acceptOrgConfirm(name: "act_org_bees",
    confirm: { code: "${rows[0]?.code}", objectId: ${pageId} }) { status actionPage { live } message } }`;
  expect(await data(accept, lead.token)).toEqual({
    acceptOrgConfirm: { status: 'SUCCESS', actionPage: { live: true }, message: 'please' },
  });
});

it('11 an invitation carries the mask of the role and is used once', async () => {
  const [email, password] = ['invited@example.org', 'correct horse'];
  await fleet.insert('users', { email, hashed_password: await hashPassword(password, 4) });
  const invited = await data<{ inviteOrgUser: { objectId: number; code: string } }>(
    `mutation { inviteOrgUser(orgName: "act_org_bees", input: { email: "${email}", role: "owner" }) { objectId code } }`,
    lead.token,
  );
  expect(invited.inviteOrgUser.objectId).toBe(1_541_760);
  const accept = `mutation { acceptUserConfirm(
    confirm: { code: "${invited.inviteOrgUser.code}", email: "${email}" }) { status org { name } } }`;
  const asInvited = async () =>
    (await gateway.http.post('/api').auth(email, password).send({ query: accept })).body as {
      data: unknown;
      errors?: Errors;
    };
  expect(await asInvited()).toEqual({
    data: { acceptUserConfirm: { status: 'SUCCESS', org: { name: 'act_org_bees' } } },
  });
  expect((await asInvited()).errors?.[0]?.extensions?.['code']).toMatch(/^(expired|staffer_exists)$/);
});

it('14 a legacy owner shows as owner but cannot delete contacts', async () => {
  const legacyOwner = await fleet.addOwner();
  await fleet.sql.query(
    `insert into catalog.staffers (user_id, org_id, perms) select max(id), $1, $2 from catalog.users`,
    [lead.orgId, roleMask.owner & ~(1 << 10)],
  );
  expect(await data('{ currentUser { roles { role } } }', legacyOwner)).toEqual({
    currentUser: { roles: [{ role: 'owner' }] },
  });
  const erase = 'mutation { deleteContact(orgName: "act_org_bees", contactRef: "AAAA") }';
  expect((await errors(erase, legacyOwner))[0]?.extensions).toMatchObject({
    code: 'permission_denied',
    required: ['delete_contacts'],
  });
});

it('15 errors of targets tell their place in the list', async () => {
  const { rows } = await fleet.sql.query<{ id: string }>('select max(id) as id from catalog.campaigns');
  const targets = '[{ externalId: "a", name: "A", emails: [] }, { externalId: "b", emails: [{ email: "no" }] }]';
  const upsert = `mutation { upsertTargets(campaignId: ${rows[0]?.id}, targets: ${targets}) { id } }`;
  const paths = (await errors(upsert, lead.token)).map(({ path }) => path?.join('.'));
  expect(paths.sort()).toEqual(['upsertTargets.targets.1.emails.0.email', 'upsertTargets.targets.1.name']);
});
