import { permissionMask } from '@groundswell/domain';
import { FakeStripe } from '../servers/fake-stripe';
import { haraldRef } from './accept.fixture';
import { FixesWorld, unique } from './fixes.fixture';

/** Fixes of graphql-api.md §1.3 and §1.5: the former server answered these with 500. */
let world: FixesWorld;
let stripe: FakeStripe;

beforeAll(async () => {
  stripe = await FakeStripe.start();
  world = await FixesWorld.start({ STRIPE_API_URL: stripe.origin });
});
afterAll(async () => {
  await world.fleet.close();
  await stripe.close();
});

const addCampaign = `mutation ($org: String!, $input: CampaignInput!) { addCampaign(orgName: $org, input: $input) { id } }`;
const upsertCampaign = `mutation ($org: String!, $input: CampaignInput!) {
  upsertCampaign(orgName: $org, input: $input) { id } }`;
const mtt = { startAt: '2030-01-01T00:00:00Z', endAt: '2030-01-02T00:00:00Z' };

describe('Fix: input the old server answered with 500 is answered with 200', () => {
  it.each<[string, string[], () => Promise<string[]>]>([
    ['campaigns without argument', [], () => world.problems('{ campaigns { id } }')],
    [
      'an identifier that is null beside one that is not',
      [],
      () => world.problems(`{ actionPage(id: ${world.leadPageId}, name: null, url: null) { id } }`),
    ],
    [
      'upsertCampaign by nothing',
      ['bad_arg: Provide exactly one identifier argument at upsertCampaign'],
      () => world.problems(upsertCampaign, { org: world.lead.name, input: { title: 'T' } }, world.lead.owner.token),
    ],
    [
      'upsertCampaign with mtt for a campaign that is there',
      [],
      () =>
        world.problems(upsertCampaign, { org: world.lead.name, input: { externalId: 7, mtt } }, world.lead.owner.token),
    ],
    [
      'addCampaign with mtt.messageTemplate',
      [],
      async () => {
        const template = { name: 'mail', locale: 'en', subject: 's', html: 'h' };
        await world.dataOf(
          'mutation ($org: String!, $input: EmailTemplateInput!) { upsertTemplate(orgName: $org, input: $input) }',
          { org: world.lead.name, input: template },
          world.lead.owner.token,
        );
        const input = { name: unique('c'), title: 'T', mtt: { ...mtt, messageTemplate: 'mail' } };
        return world.problems(addCampaign, { org: world.lead.name, input }, world.lead.owner.token);
      },
    ],
    [
      'an external id that is taken',
      ['has already been taken at addCampaign.externalId'],
      () => {
        const input = { name: unique('c'), title: 'T', externalId: 7 };
        return world.problems(addCampaign, { org: world.lead.name, input }, world.lead.owner.token);
      },
    ],
    [
      'copyCampaignActionPage',
      [],
      async () =>
        world.problems(
          `mutation ($org: String!, $name: String!, $from: String!) {
             copyCampaignActionPage(orgName: $org, name: $name, fromCampaignName: $from) { id } }`,
          {
            org: world.partner.name,
            name: `${unique('copy')}/en`,
            from: await world.nameOf('campaigns', world.campaignId),
          },
          world.partner.owner.token,
        ),
    ],
    [
      'linkActions with null for linkRefs',
      [],
      () =>
        world.problems(
          `mutation { linkActions(actionPageId: ${world.leadPageId}, contactRef: "${haraldRef}", linkRefs: null) { contactRef } }`,
        ),
    ],
    [
      'removing oneself',
      ['permission_denied: You cannot remove yourself at deleteOrgUser'],
      async () => {
        const { email, token } = await world.member(world.lead, 'campaigner');
        const remove =
          'mutation ($org: String!, $email: String!) { deleteOrgUser(orgName: $org, email: $email) { status } }';
        return world.problems(remove, { org: world.lead.name, email }, token);
      },
    ],
    [
      'adding a member without being one',
      [],
      async () => {
        const admin = await world.person(permissionMask(['manage_users']));
        const { email } = await world.person();
        const add =
          'mutation ($org: String!, $input: OrgUserInput!) { addOrgUser(orgName: $org, input: $input) { status } }';
        return world.problems(add, { org: world.lead.name, input: { email, role: 'owner' } }, admin.token);
      },
    ],
    [
      'updateUser of oneself',
      [],
      async () =>
        world.problems(
          'mutation { updateUser(input: {phone: "+3212345678"}) { id } }',
          {},
          (await world.person()).token,
        ),
    ],
    [
      'a Stripe payment that is a test',
      [],
      async () => {
        await world.dataOf(
          `mutation ($org: String!) { upsertService(orgName: $org, input: {name: TEST_STRIPE, password: "sk_test_good"}) { name } }`,
          { org: world.lead.name },
          world.lead.owner.token,
        );
        return world.problems(
          `mutation { addStripePaymentIntent(actionPageId: ${world.leadPageId}, input: {amount: 1000, currency: "EUR"}, testing: true) }`,
        );
      },
    ],
    [
      'a Stripe subscription to pay once',
      ['is invalid at addStripeSubscription.frequencyUnit'],
      () =>
        world.problems(
          `mutation { addStripeSubscription(actionPageId: ${world.leadPageId},
             input: {amount: 1000, currency: "EUR", frequencyUnit: ONE_OFF}, testing: true) }`,
        ),
    ],
    [
      'addStripeObject with nothing',
      ['Provide Stripe objects to create at addStripeObject'],
      () => world.problems(`mutation { addStripeObject(actionPageId: ${world.leadPageId}, testing: true) }`),
    ],
    [
      'a launch accepted by a user instead of a member',
      ['unauthorized: User is not a member of organisation at acceptUserConfirm'],
      async () => {
        const launch = 'mutation ($name: String!) { launchActionPage(name: $name) { status } }';
        await world.dataOf(
          launch,
          { name: await world.nameOf('action_pages', world.partnerPageId) },
          world.partner.owner.token,
        );
        const { rows } = await world.fleet.sql.query<{ code: string }>(
          'select code from catalog.confirms order by id desc limit 1',
        );
        const accept = 'mutation ($confirm: ConfirmInput!) { acceptUserConfirm(confirm: $confirm) { status } }';
        const confirm = { code: rows[0]!.code, objectId: world.partnerPageId };
        return world.problems(accept, { confirm }, world.lead.owner.token);
      },
    ],
    [
      'a target twice in one list',
      ['has already been taken at upsertTargets.targets.1.externalId'],
      () =>
        world.problems(
          `mutation ($id: Int!, $targets: [TargetInput!]!) { upsertTargets(campaignId: $id, targets: $targets) { id } }`,
          { id: world.campaignId, targets: [1, 2].map(() => ({ externalId: 'same', name: 'T' })) },
          world.lead.owner.token,
        ),
    ],
    [
      'a key where there are several',
      [],
      async () => {
        const generate = 'mutation ($org: String!) { generateKey(orgName: $org, input: {name: "second"}) { id } }';
        const { generateKey } = await world.dataOf<{ generateKey: { id: number } }>(
          generate,
          { org: world.partner.name },
          world.partner.owner.token,
        );
        const { org } = await world.dataOf<{ org: object }>(
          'query ($org: String!) { org(name: $org) { key(select: {id: null, active: null}) { id } } }',
          { org: world.partner.name },
          world.partner.owner.token,
        );
        expect(org).toEqual({ key: { id: generateKey.id } });
        return [];
      },
    ],
  ])('%s', async (_what, expected, ask) => {
    expect(await ask()).toEqual(expected);
  });
});

describe('Fix: an explicit null for an identifier counts as absent', () => {
  const missing = 'bad_arg: Provide exactly one identifier argument';
  /** Each field with its identifiers, and what else it takes. */
  const fields: [field: string, identifiers: Record<string, string>, rest: string, kind: 'query' | 'mutation'][] = [
    ['campaign', { id: 'Int', name: 'String' }, '', 'query'],
    ['actionPage', { id: 'Int', name: 'String', url: 'String' }, '', 'query'],
    ['updateCampaign', { id: 'Int', name: 'String' }, ', input: {title: "T"}', 'mutation'],
    ['updateActionPage', { id: 'Int', name: 'String' }, ', input: {locale: "en"}', 'mutation'],
    ['deleteCampaign', { id: 'Int', name: 'String', externalId: 'Int' }, '', 'mutation'],
    ['deleteActionPage', { id: 'Int', name: 'String' }, '', 'mutation'],
  ];
  const documentOf = ([field, identifiers, rest, kind]: (typeof fields)[number]): string => {
    const names = Object.keys(identifiers);
    const declared = names.map((name) => `$${name}: ${identifiers[name]}`).join(', ');
    const given = names.map((name) => `${name}: $${name}`).join(', ');
    return `${kind} (${declared}) { ${field}(${given}${rest}) ${field.startsWith('delete') ? '' : '{ id }'} }`;
  };

  /** A campaign and a page of its own, which may be deleted. */
  const subjectOf = async (field: string): Promise<Record<string, string | number>> => {
    const externalId = Math.floor(Math.random() * 1_000_000_000) + 8;
    const id = await world.addCampaign(world.lead, { external_id: externalId });
    if (field.includes('ampaign')) return { id, name: await world.nameOf('campaigns', id), externalId };
    const pageId = await world.addPage(world.lead, id);
    const name = await world.nameOf('action_pages', pageId);
    return { id: pageId, name, url: name };
  };

  it.each(fields)('%s, for each of its identifiers', async (...field) => {
    const [name, identifiers] = field;
    const nulls = Object.fromEntries(Object.keys(identifiers).map((key) => [key, null]));
    for (const key of Object.keys(identifiers)) {
      const subject = await subjectOf(name);
      expect(
        await world.problems(documentOf(field), { ...nulls, [key]: subject[key] }, world.lead.owner.token),
      ).toEqual([]);
    }
    expect(await world.problems(documentOf(field), nulls, world.lead.owner.token)).toEqual([`${missing} at ${name}`]);
    const literal = documentOf(field)
      .replace(/ \(.*?\)/, '')
      .replaceAll(/\$\w+/g, 'null');
    expect(await world.problems(literal, {}, world.lead.owner.token)).toEqual([`${missing} at ${name}`]);
  });

  it('org.actionPage, exportActions, and updateUser, where none means oneself', async () => {
    const { token, email } = world.lead.owner;
    const page = `query ($org: String!, $id: Int, $name: String) { org(name: $org) { actionPage(id: $id, name: $name) { id } } }`;
    const org = world.lead.name;
    expect(await world.dataOf(page, { org, id: world.leadPageId, name: null }, token)).toEqual({
      org: { actionPage: { id: world.leadPageId } },
    });
    const name = await world.nameOf('action_pages', world.leadPageId);
    expect(await world.dataOf(page, { org, id: null, name }, token)).toEqual({
      org: { actionPage: { id: world.leadPageId } },
    });
    expect(await world.problems(page, { org, id: null, name: null }, token)).toEqual([`${missing} at org.actionPage`]);
    const exported = `query ($org: String!, $id: Int) { exportActions(orgName: $org, campaignName: null, campaignId: $id) { actionId } }`;
    for (const id of [null, world.campaignId]) {
      expect(await world.dataOf(exported, { org, id }, token)).toEqual({ exportActions: [] });
    }
    const update = 'mutation { updateUser(id: null, email: null, input: {phone: "+3212345678"}) { email } }';
    expect(await world.dataOf(update, {}, token)).toEqual({ updateUser: { email } });
  });
});
