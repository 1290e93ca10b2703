import { catalogueChangedV1, type CatalogueChangedV1 } from '@groundswell/contracts';
import { permissionMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { FakeStripe } from '../servers/fake-stripe';
import { addActionContact, signature } from './accept.fixture';
import { ConfirmWorld, dataOf, errorOf, insufficient, noMember, unique, type Org, type Verb } from './confirms.fixture';
import type { RunningGateway } from './gateway.fixture';

/** The "Fix" rules of graphql-api.md from §5.6 on that are told whole nowhere else. */
let world: ConfirmWorld;

beforeAll(async () => {
  world = await ConfirmWorld.start();
});
afterAll(() => world.fleet.close());
beforeEach(() => world.renew());

const notices = 'notices';
const post = (query: string, variables: object, token?: string, gateway: RunningGateway = world.gateway) =>
  gateway.post(query, variables, token);

describe('tracking', () => {
  it('Fix: a referer without a location is stored without query string, fragment and credentials', async () => {
    const { tracking, ...values } = { tracking: { source: 'mail' }, ...signature(world.page.id) };
    await world.fleet.takeIngested();
    const { body } = await world.gateway.http
      .post('/api')
      .set('referer', 'https://user:secret@ngo.org/bees?email=ada@example.org#top')
      .send({ query: addActionContact, variables: { ...values, tracking: { ...tracking, location: null } } });
    expect((body as { errors?: unknown }).errors).toBeUndefined();
    const [submission] = await world.fleet.takeSubmissions();
    expect(submission?.source?.location).toBe('https://ngo.org/bees');
  });
});

describe('upsertService', () => {
  const upsertService = `mutation ($org: String!, $input: ServiceInput!) { upsertService(orgName: $org, input: $input) { id } }`;
  const addIntent = `mutation ($page: Int!, $input: StripePaymentIntentInput!) {
    addStripePaymentIntent(actionPageId: $page, input: $input) }`;
  const input = { amount: 500, currency: 'EUR' };
  let stripe: FakeStripe;

  beforeAll(async () => {
    stripe = await FakeStripe.start();
    await world.fleet.vhost.declareQueue(notices, { exchange: 'event', key: 'system.catalogue.#' });
  });
  afterAll(() => stripe.close());

  const save = async (org: Org, password: string): Promise<number> => {
    const answer = await post(upsertService, { org: org.name, input: { name: 'STRIPE', password } }, org.owner.token);
    return (dataOf(answer)['upsertService'] as { id: number }).id;
  };

  it('Fix: every replica uses the changed service from its next call on', async () => {
    const gateways = [
      await world.fleet.start({ STRIPE_API_URL: stripe.origin }),
      await world.fleet.start({ STRIPE_API_URL: stripe.origin }),
    ];
    for (const key of ['sk_live_good', 'sk_test_good']) {
      await save(world.partner, key);
      for (const gateway of gateways) dataOf(await post(addIntent, { page: world.page.id, input }, undefined, gateway));
      expect(stripe.takeCalls().map((call) => call.key)).toEqual([key, key]);
    }
    for (const gateway of gateways) await world.fleet.stop(gateway);
  });

  it('Fix: workers are told which service changed, at once', async () => {
    for (const password of ['first', 'second']) {
      await world.fleet.vhost.drain(notices);
      const id = await save(world.partner, password);
      const told = await waitFor(async () => {
        const found = (await world.fleet.vhost.drain(notices)).map(({ content }): CatalogueChangedV1 =>
          catalogueChangedV1.parse(JSON.parse(content.toString('utf8'))),
        );
        return found.length > 0 && found;
      });
      expect(told.flatMap(({ changes }) => changes)).toContainEqual({ table: 'services', id: String(id) });
    }
  });
});

describe('confirms', () => {
  const requests = {
    launch_page: () => world.requestLaunch(),
    join_campaign: () => world.requestJoin(),
    add_partner: () => world.invitePartner('guest@example.org'),
    add_staffer: async () => world.invite((await world.person()).email),
  };
  type Operation = keyof typeof requests;
  const all = Object.keys(requests) as Operation[];

  it.each(all)('Fix: who may not accept a %s may not reject it, whatever their team', async (operation) => {
    const confirm = await requests[operation]();
    const [stranger, translator] = [await world.addOrg('other'), await world.member(world.lead, 'translator')];
    for (const verb of ['accept', 'reject'] as Verb[]) {
      expect(errorOf(await world.byOrg(verb, world.lead, confirm, translator.token))).toBe(insufficient);
      // A page offered to partners is for whoever has the code and manages pages: it has no team yet.
      if (operation === 'add_partner') continue;
      expect(errorOf(await world.byOrg(verb, stranger, confirm, stranger.owner.token))).toBe(insufficient);
    }
    expect(await world.chargesOf(confirm.code)).toBe(1);
  });

  it.each(all.filter((operation) => operation !== 'add_staffer'))(
    'Fix: a %s by a user without team is unauthorized, to accept and to reject',
    async (operation) => {
      const confirm = await requests[operation]();
      const nobody = await world.person();
      for (const verb of ['accept', 'reject'] as Verb[]) {
        expect(errorOf(await world.byUser(verb, confirm, nobody.token))).toBe(noMember);
      }
      expect(await world.chargesOf(confirm.code)).toBe(1);
    },
  );
});

describe('org.actionPage', () => {
  const query = `query ($org: String!, $id: Int, $name: String) { org(name: $org) { actionPage(id: $id, name: $name) { id __typename } } }`;
  const ask = (org: Org, page: { id?: number; name?: string }) =>
    post(query, { org: org.name, ...page }, org.owner.token);

  it('Fix: is the own or of a campaign the org leads, by id and by name, and no other page of the instance', async () => {
    const [stranger, ofLead] = [await world.addOrg('other'), await world.addPage(world.lead, 'lead')];
    const { id, name } = world.page;
    for (const by of [{ id }, { name }]) {
      for (const org of [world.partner, world.lead]) {
        expect(dataOf(await ask(org, by))).toEqual({
          org: { actionPage: { id, __typename: 'PrivateActionPage' } },
        });
      }
      expect(errorOf(await ask(stranger, by))).toBe('not_found: action page not found');
    }
    expect(errorOf(await ask(world.partner, { id: ofLead.id }))).toBe('not_found: action page not found');
  });
});

describe('campaign.actionPages', () => {
  it('Fix: are pages of this campaign only: all for the lead and instance owners, none for partners', async () => {
    const ours = await world.addPage(world.lead, 'lead');
    const ids = [world.page.id, ours.id];
    const shown = world.campaign;
    world.campaign = await world.addCampaign();
    await world.addPage(world.lead, 'elsewhere');
    await world.addPage(world.partner, 'elsewhere');
    const query = 'query ($id: Int!) { campaign(id: $id) { ... on PrivateCampaign { actionPages { id } } } }';
    const seenBy = async (token: string) => dataOf(await post(query, { id: shown.id }, token))['campaign'];
    const all = { actionPages: ids.map((id) => ({ id })) };
    const instanceOwner = await world.person(permissionMask(['instance_owner']));
    expect(await seenBy(world.lead.owner.token)).toEqual(all);
    expect(await seenBy(instanceOwner.token)).toEqual(all);
    expect(await seenBy(world.partner.owner.token)).toEqual({});
  });
});

describe('externalId of a campaign', () => {
  const add = `mutation ($org: String!, $input: CampaignInput!) { addCampaign(orgName: $org, input: $input) { id } }`;
  const update = `mutation ($name: String!, $input: CampaignInput!) { updateCampaign(name: $name, input: $input) { id } }`;
  const externalId = 4711;
  const aName = () => ({ name: unique('campaign'), title: 'C' });
  const asLead = (query: string, variables: object) =>
    post(query, { org: world.lead.name, ...variables }, world.lead.owner.token);
  const taken = (field: string) => [{ message: 'has already been taken', path: [field, 'externalId'] }];

  it('Fix: that another campaign of the org has is reported as taken, wherever it can be set', async () => {
    dataOf(await asLead(add, { input: { ...aName(), externalId } }));
    expect((await asLead(add, { input: { ...aName(), externalId } })).errors).toMatchObject(taken('addCampaign'));
    const { name } = world.campaign;
    expect((await post(update, { name, input: { externalId } }, world.lead.owner.token)).errors).toMatchObject(
      taken('updateCampaign'),
    );
  });

  it('Fix: that is given twice at the same time is taken once and reported for all others', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => asLead(add, { input: { ...aName(), externalId } })),
    );
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
    for (const { errors } of answers.filter((answer) => answer.errors)) {
      expect(errors).toMatchObject(taken('addCampaign'));
    }
  });
});
