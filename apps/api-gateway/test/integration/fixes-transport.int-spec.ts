import { createHmac } from 'node:crypto';
import { campaignStatusCode, permissionMask, roleMask } from '@groundswell/domain';
import { FixesWorld, problemsOf, unique, type Person } from './fixes.fixture';

/** Fixes of graphql-api.md §1.8, §2 and §3 and of `campaigns`, on one whole gateway. */
const jwtSecret = 'jwt-secret-of-this-test';
let world: FixesWorld;

beforeAll(async () => {
  world = await FixesWorld.start({ JWT_SECRET: jwtSecret });
});
afterAll(() => world.fleet.close());

describe('Fix: campaigns without argument', () => {
  it('are all but drafts, newest first, at most 100', async () => {
    const { rows } = await world.fleet.sql.query<{ id: number; status: number }>(
      `insert into catalog.campaigns (name, title, org_id, status)
       select $1 || n, 'T', $2, (array[$3, $4, $5]::smallint[])[1 + n % 3] from generate_series(1, 160) n returning id, status`,
      [unique('bulk'), world.lead.id, ...(['draft', 'live', 'closed'] as const).map(campaignStatusCode)],
    );
    const draft = campaignStatusCode('draft');
    const newest = rows.map(({ id, status }) => ({ id: Number(id), status })).sort((a, b) => b.id - a.id);
    // A look-up of one of them brings the catalogue up to date.
    await world.dataOf(`{ campaign(id: ${newest[0]!.id}) { id } }`);
    const expected = newest.filter(({ status }) => status !== draft).map(({ id }) => ({ id }));
    expect(expected.length).toBeGreaterThan(100);
    for (const args of ['', '(id: null, name: null, title: null)']) {
      const { campaigns } = await world.dataOf<{ campaigns: object[] }>(`{ campaigns${args} { id } }`);
      expect(campaigns).toEqual(expected.slice(0, 100));
    }
  });
});

describe('Fix: a JSON web token that says nothing usable is 401', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 's', email: 'jwt@example.org', user_metadata: { email_verified: true } };
  const send = (header: object, payload: unknown) => {
    const text = `${part(header)}.${part(payload)}`;
    const token = `${text}.${createHmac('sha256', jwtSecret).update(text).digest('base64url')}`;
    return world.gateway.http
      .post('/api')
      .set('authorization', `Bearer ${token}`)
      .send({ query: '{ currentUser { email } }' });
  };

  it.each<[string, object, unknown]>([
    ['no exp', { alg: 'HS256' }, claims],
    ['null for exp', { alg: 'HS256' }, { ...claims, exp: null }],
    ['text for exp', { alg: 'HS256' }, { ...claims, exp: '9999999999' }],
    ['an object for exp', { alg: 'HS256' }, { ...claims, exp: {} }],
    ['text for claims', { alg: 'HS256' }, 'text'],
    ['null for claims', { alg: 'HS256' }, null],
    ['a list for claims', { alg: 'HS256' }, []],
    ['a foreign algorithm', { alg: 'ES256' }, { ...claims, exp: 9_999_999_999 }],
    ['an algorithm of public keys, where there are none', { alg: 'RS256' }, { ...claims, exp: 9_999_999_999 }],
    ['an algorithm nobody knows', { alg: 'XX1' }, { ...claims, exp: 9_999_999_999 }],
    ['no algorithm', { typ: 'JWT' }, { ...claims, exp: 9_999_999_999 }],
    ['a number for algorithm', { alg: 5 }, { ...claims, exp: 9_999_999_999 }],
  ])('%s', async (_what, header, payload) => {
    const { status, body } = await send(header, payload);
    expect([status, body]).toEqual([
      401,
      {
        data: null,
        errors: [
          {
            message: expect.stringMatching(/^Cannot verify JWT token\. /) as string,
            extensions: { code: 'unauthorized' },
          },
        ],
      },
    ]);
  });

  it('and with exp it signs in', async () => {
    const { status, body } = await send({ alg: 'HS256' }, { ...claims, exp: 9_999_999_999 });
    expect([status, body]).toEqual([200, { data: { currentUser: { email: claims.email } } }]);
  });
});

describe('Fix: an org keeps an owner', () => {
  it('when two owners demote each other at the same time', async () => {
    const org = await world.addOrg();
    const other = await world.member(org, 'owner');
    const demote =
      'mutation ($org: String!, $input: OrgUserInput!) { updateOrgUser(orgName: $org, input: $input) { status } }';
    const ask = ({ email }: Person, by: Person) =>
      world.problems(demote, { org: org.name, input: { email, role: 'coordinator' } }, by.token);
    const both = await Promise.all([ask(other, org.owner), ask(org.owner, other)]);
    expect(both.filter((found) => found.length === 0)).toHaveLength(1);
    const { rows } = await world.fleet.sql.query('select from catalog.staffers where org_id = $1 and perms = $2', [
      org.id,
      roleMask.owner,
    ]);
    expect(rows).toHaveLength(1);
  });
});

describe('Fix: what one root field found out about the caller holds for no other', () => {
  it('of a query, whichever comes first', async () => {
    const own = `own: actionPage(id: ${world.partnerPageId}) { __typename org { __typename } }`;
    const elsewhere = await world.addOrg();
    const foreign = `foreign: actionPage(id: ${await world.addPage(elsewhere, await world.addCampaign(elsewhere))}) { __typename org { __typename } }`;
    for (const document of [`{ ${own} ${foreign} }`, `{ ${foreign} ${own} }`]) {
      expect(await world.dataOf(document, {}, world.partner.owner.token)).toEqual({
        own: { __typename: 'PrivateActionPage', org: { __typename: 'PrivateOrg' } },
        foreign: { __typename: 'PublicActionPage', org: { __typename: 'PublicOrg' } },
      });
    }
  });

  it('nor do the orgs of currentUser', async () => {
    const document = `{ currentUser { roles { org { __typename } } } campaign(id: ${world.campaignId}) { __typename org { __typename } } }`;
    expect(await world.dataOf(document, {}, world.partner.owner.token)).toEqual({
      currentUser: { roles: [{ org: { __typename: 'PrivateOrg' } }] },
      campaign: { __typename: 'PublicCampaign', org: { __typename: 'PublicOrg' } },
    });
  });

  it('of a mutation: the next is refused', async () => {
    const document = `mutation ($own: String!, $foreign: String!) {
      own: updateOrg(name: $own, input: {title: "T"}) { id } foreign: updateOrg(name: $foreign, input: {title: "taken"}) { id } }`;
    const variables = { own: world.partner.name, foreign: world.lead.name };
    expect(await world.problems(document, variables, world.partner.owner.token)).toEqual([
      'permission_denied: You do not have the required permission at foreign',
    ]);
    const { rows } = await world.fleet.sql.query('select title from catalog.orgs where id = $1', [world.lead.id]);
    expect(rows).toEqual([{ title: world.lead.name }]);
  });

  it('but an org made by addOrg is the own one for the mutations after it, and only that', async () => {
    const { token } = await world.person();
    const name = unique('made');
    const document = `mutation ($org: String!, $campaign: String!, $page: String!, $lead: String!) {
      addOrg(input: {name: $org, title: "T"}) { __typename }
      addCampaign(orgName: $org, input: {name: $campaign, title: "T"}) { __typename }
      addActionPage(orgName: $org, campaignName: $campaign, input: {name: $page, locale: "en"}) { __typename }
      generateKey(orgName: $org, input: {name: "k"}) { active } foreign: updateOrg(name: $lead, input: {title: "taken"}) { id } }`;
    const variables = { org: name, campaign: `${name}_c`, page: `${name}/en`, lead: world.lead.name };
    const { data, errors } = await world.gateway.post(document, variables, token);
    expect(problemsOf({ data, errors })).toEqual([
      'permission_denied: You do not have the required permission at foreign',
    ]);
    const { rows } = await world.fleet.sql.query(
      `select from catalog.action_pages p join catalog.orgs o on o.id = p.org_id where o.name = $1`,
      [name],
    );
    expect(rows).toHaveLength(1);
  });

  it('but an org joined by joinOrg is the own one for the mutations after it, not for those before', async () => {
    const { token } = await world.person(permissionMask(['join_orgs']));
    const change = (alias: string) => `${alias}: updateOrgProcessing(name: $org) { __typename }`;
    const join = 'joinOrg(name: $org) { status }';
    const variables = { org: (await world.addOrg()).name };
    expect(await world.problems(`mutation ($org: String!) { ${change('before')} ${join} }`, variables, token)).toEqual([
      'permission_denied: You do not have the required permission at before',
    ]);
    const other = { org: (await world.addOrg()).name };
    expect(await world.dataOf(`mutation ($org: String!) { ${join} ${change('after')} }`, other, token)).toEqual({
      joinOrg: { status: 'SUCCESS' },
      after: { __typename: 'PrivateOrg' },
    });
  });
});

describe('Fix: staff of the lead and instance owners see pages privately, partners campaigns publicly', () => {
  const instanceOwner = permissionMask(['instance_owner']);
  it.each<[who: string, caller: () => Promise<Person>, leadPage: string, partnerPage: string, campaign: string]>([
    ['a coordinator of the lead', () => world.member(world.lead, 'coordinator'), 'Private', 'Private', 'Private'],
    ['a coordinator of the partner', () => world.member(world.partner, 'coordinator'), 'Public', 'Private', 'Public'],
    ['an instance owner', () => world.person(instanceOwner), 'Private', 'Private', 'Private'],
    [
      'an instance owner who works for the partner',
      () => world.member(world.partner, 'coordinator', instanceOwner),
      ...(['Private', 'Private', 'Private'] as const),
    ],
    [
      'an instance owner who works elsewhere',
      async () => world.member(await world.addOrg(), 'coordinator', instanceOwner),
      ...(['Private', 'Private', 'Private'] as const),
    ],
    ['staff of another org', async () => (await world.addOrg()).owner, 'Public', 'Public', 'Public'],
  ])('%s', async (_who, caller, leadPage, partnerPage, campaign) => {
    const document = `{ leadPage: actionPage(id: ${world.leadPageId}) { __typename ...on PrivateActionPage { status delivery } }
      partnerPage: actionPage(id: ${world.partnerPageId}) { __typename ...on PrivateActionPage { status delivery } }
      campaign(id: ${world.campaignId}) { __typename } }`;
    const { token } = await caller();
    const page = (view: string) => ({
      __typename: `${view}ActionPage`,
      ...(view === 'Private' ? { status: 'STANDBY', delivery: true } : {}),
    });
    expect(await world.dataOf(document, {}, token)).toEqual({
      leadPage: page(leadPage),
      partnerPage: page(partnerPage),
      campaign: { __typename: `${campaign}Campaign` },
    });
  });
});
