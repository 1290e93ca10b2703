import { hashApiToken, hashPassword, newApiToken } from '@groundswell/crypto';
import { roleMask, type Role } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { signature, addActionContact } from './accept.fixture';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';
import { AbsintheClient, closeClients, GraphqlWsClient, type Inbox } from './socket-clients.fixture';

/**
 * graphql-api.md §10, fact by fact, on a whole gateway; 5, 6 and the repeats and mails of 16, which need the whole fleet, are
 * in client-facts of apps/e2e, the mail of 10 in notify there. Told elsewhere in full: 3 and 4 every rule of a contact:
 * accept-contact; 7 every place of a name: transport-leniency; 8 every credential: transport-auth; 12 sockets: apps/e2e
 * proca-api, subscriptions; 13 deletion: admin-deletion; 14 who may what: permission-matrix; 15 targets: admin-targets;
 * 16 accept-action, spool, apps/e2e repeats and both-away.
 */
let fleet: GatewayFleet;
let gateway: RunningGateway;
let lead: { orgId: number; pageId: number; token: string };
let nextName = 0;

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  await fleet.vhost.declareExchange('event');
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
  const { rows } = await fleet.sql.query<{ id: string }>(
    `insert into catalog.confirms (operation, subject_id, object_id, code)
     select 3, campaign_id, id, '123456789012' from catalog.action_pages where id = $1 returning subject_id as id`,
    [lead.pageId],
  );
  expect(rows).toHaveLength(1);
  const accept = (objectId: number): string => `mutation { acceptOrgConfirm(name: "act_org_bees",
    confirm: { code: "123456789012", object_id: ${objectId} }) { status } }`;
  expect(await errors(accept(lead.pageId + 1_000), lead.token)).toMatchObject([{ message: 'code invalid' }]);
  expect(await data(accept(lead.pageId), lead.token)).toEqual({ acceptOrgConfirm: { status: 'SUCCESS' } });
});

it('8 a password gives a token, the token tells who one is, and an unknown or expired one is 401 in JSON', async () => {
  const [email, password] = ['cli@example.org', 'correct horse'];
  await fleet.insert('users', { email, hashed_password: await hashPassword(password, 4) });
  const signedIn = await gateway.http.post('/api').auth(email, password).send({ query: 'mutation { resetApiToken }' });
  const { resetApiToken } = (signedIn.body as { data: { resetApiToken: string } }).data;
  expect(resetApiToken).toMatch(/^API-/);
  expect(await data('{ currentUser { email apiToken { expiresAt } } }', resetApiToken)).toMatchObject({
    currentUser: { email, apiToken: { expiresAt: expect.any(String) as string } },
  });
  const expired = newApiToken().token;
  await fleet.sql.query(
    `insert into catalog.users_tokens (user_id, token, context, last_seen_at)
     select id, $2, 'api', now() - interval '31 days' from catalog.users where email = $1`,
    [email, hashApiToken(expired)],
  );
  for (const wrong of [`${resetApiToken.slice(0, -4)}AAAA`, expired]) {
    const refused = await gateway.http.post('/api').auth(wrong, { type: 'bearer' }).send({ query: '{ __typename }' });
    expect([refused.status, refused.body]).toEqual([
      401,
      { data: null, errors: [{ message: 'Cannot verify token', extensions: { code: 'unauthorized' } }] },
    ]);
  }
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

it('12 the published socket clients are told of a page that is updated', async () => {
  const changed = 'subscription { actionPageUpserted(orgName: "act_org_bees") { id locale } }';
  const inboxes: Inbox[] = [
    await new AbsintheClient(gateway).send(changed),
    new GraphqlWsClient(gateway).send(changed),
  ];
  const update = (locale: string): Promise<unknown> =>
    data(`mutation { updateActionPage(id: ${lead.pageId}, input: { locale: "${locale}" }) { id } }`, lead.token);
  try {
    // graphql-ws does not tell when a subscription has begun, so changes go on until both have seen one.
    const locales = ['de', 'fr'];
    await waitFor(async () => {
      await update(locales.reverse()[0]!);
      return inboxes.every(({ results }) => results.length > 0);
    });
    for (const inbox of inboxes) {
      expect(await inbox.take()).toEqual({
        data: { actionPageUpserted: { id: lead.pageId, locale: expect.stringMatching(/^(de|fr)$/) as string } },
      });
    }
  } finally {
    closeClients();
    await update('en');
  }
});

it('13 a campaign goes with its own pages, and stays while partners have some', async () => {
  const [name, partnerName, partner] = [newName(), newName(), await fleet.addOwner()];
  await data(`mutation { addOrg(input: { name: "${partnerName}", title: "Partner" }) { id } }`, partner);
  await data(
    `mutation { addCampaign(orgName: "act_org_bees", input: { name: "${name}", title: "C" }) { id } }`,
    lead.token,
  );
  const addPage = async (org: string, token: string): Promise<number> =>
    (
      await data<{ addActionPage: { id: number } }>(
        `mutation { addActionPage(orgName: "${org}", campaignName: "${name}",
           input: { name: "${org}/${name}", locale: "en" }) { id } }`,
        token,
      )
    ).addActionPage.id;
  const [own, theirs] = [await addPage('act_org_bees', lead.token), await addPage(partnerName, partner)];
  const deletion = `mutation { deleteCampaign(name: "${name}") }`;
  expect(await errors(deletion, lead.token)).toMatchObject([{ message: 'has action pages' }]);
  expect(await data(`{ actionPage(id: ${own}) { id } }`)).toEqual({ actionPage: { id: own } });
  await data(`mutation { deleteActionPage(id: ${theirs}) }`, partner);
  expect(await data(deletion, lead.token)).toEqual({ deleteCampaign: 'SUCCESS' });
  expect(await errors(`{ actionPage(id: ${own}) { id } }`)).toMatchObject([{ extensions: { code: 'not_found' } }]);
});

/** graphql-api.md §2.2, the test matrix: owner, campaigner, translator. */
const matrix: [call: string, allowed: string, document: () => string][] = [
  [
    'addCampaign',
    'yyn',
    () => `mutation { addCampaign(orgName: "act_org_bees", input: { name: "${newName()}", title: "C" }) { id } }`,
  ],
  ['updateCampaign', 'yyy', () => 'mutation { updateCampaign(name: "act_org_bees", input: { status: LIVE }) { id } }'],
  ['invite owner', 'ynn', () => invitation('owner')],
  ['invite campaigner', 'yyn', () => invitation('campaigner')],
  ['invite translator', 'yyy', () => invitation('translator')],
  [
    'updateActionPage',
    'yyn',
    () => 'mutation { updateActionPage(name: "act.org/bees", input: { locale: "en" }) { id } }',
  ],
  // A bad reference tells who may from who may not, without anything to carry it out.
  ['deleteContact', 'ynn', () => 'mutation { deleteContact(orgName: "act_org_bees", contactRef: "?") }'],
  ['exportActions', 'ynn', () => '{ exportActions(orgName: "act_org_bees") { actionId } }'],
];
const invitation = (role: Role): string => `mutation { inviteOrgUser(orgName: "act_org_bees",
  input: { email: "${newName()}@example.org", role: "${role}" }) { code } }`;

it.each(matrix)('14 the permission matrix: %s %s', async (_call, allowed, document) => {
  const found: string[] = [];
  for (const role of ['owner', 'campaigner', 'translator'] as const) {
    const token = await fleet.addOwner();
    await fleet.sql.query(
      `insert into catalog.staffers (user_id, org_id, perms) select max(id), $1, $2 from catalog.users`,
      [lead.orgId, roleMask[role]],
    );
    const code = (await errors(document(), token))[0]?.extensions?.['code'];
    found.push(code === 'permission_denied' ? 'n' : 'y');
  }
  expect(found.join('')).toBe(allowed);
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

it('15 errors of targets tell their place in the list, or the target', async () => {
  const { rows } = await fleet.sql.query<{ id: string }>(
    'select campaign_id as id from catalog.action_pages where id = $1',
    [lead.pageId],
  );
  const upsert = (targets: string, outdated = 'KEEP'): string => `mutation { upsertTargets(campaignId: ${rows[0]?.id},
    targets: ${targets}, outdatedTargets: ${outdated}) { id } }`;
  const pathsOf = async (document: string): Promise<(string | undefined)[]> =>
    (await errors(document, lead.token)).map(({ path }) => path?.join('.')).sort();
  expect(
    await pathsOf(
      upsert('[{ externalId: "a", name: "A", emails: [] }, { externalId: "b", emails: [{ email: "no" }] }]'),
    ),
  ).toEqual(['upsertTargets.targets.1.emails.0.email', 'upsertTargets.targets.1.name']);
  const made = await data<{ upsertTargets: { id: string }[] }>(upsert('[{ externalId: "a", name: "A" }]'), lead.token);
  const targetId = made.upsertTargets[0]!.id;
  await fleet.sql.query(
    `with content as (insert into actions.message_contents (subject, body) values ('S', 'B') returning id),
          action as (insert into actions.actions (action_type, campaign_id, action_page_id) values ('mtt', $2, $3) returning id)
     insert into actions.messages (action_id, message_content_id, target_id) select action.id, content.id, $1 from content, action`,
    [targetId, rows[0]?.id, lead.pageId],
  );
  expect(await pathsOf(upsert('[]', 'DELETE'))).toEqual([`upsertTargets.targets.${targetId}.messages`]);
});

it('16 the same Idempotency-Key twice is one submission', async () => {
  const values = signature(lead.pageId);
  for (let time = 0; time < 2; time += 1) {
    const call = gateway.http.post('/api').set('idempotency-key', 'facts-16');
    expect(((await call.send({ query: addActionContact, variables: values })).body as { errors?: Errors }).errors).toBe(
      undefined,
    );
  }
  expect(new Set((await fleet.takeIngested()).map(({ messageId }) => messageId)).size).toBe(1);
});

describe('16 with servers away', () => {
  afterEach(async () => {
    for (const proxy of [fleet.proxies.database, fleet.proxies.broker]) proxy.accept();
    await gateway.isReady();
  });

  const sign = async (email: string) => {
    const { contact, ...rest } = signature(lead.pageId);
    const variables = { ...rest, contact: { ...contact, email } };
    return gateway.http.post('/api').send({ query: addActionContact, variables });
  };

  it('16 signing goes on without the database', async () => {
    fleet.proxies.database.refuse();
    const { status, body } = await sign('alone@example.org');
    expect([status, body]).toEqual([
      200,
      {
        data: {
          addActionContact: { contactRef: expect.any(String) as string, firstName: expect.any(String) as string },
        },
      },
    ]);
    expect(await fleet.takeSubmissions()).toHaveLength(1);
  });

  it('16 without broker and database it is unavailable, with Retry-After', async () => {
    fleet.proxies.database.refuse();
    fleet.proxies.broker.refuse();
    const { status, body, headers } = await sign('nowhere@example.org');
    expect([status, body]).toMatchObject([
      200,
      { data: null, errors: [{ path: ['addActionContact'], extensions: { code: 'unavailable' } }] },
    ]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });
});
