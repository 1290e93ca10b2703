import { roleMask } from '@groundswell/domain';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../../src/catalogue-writing/catalogue-settings';
import { ConfirmWorld, dataOf, unique, type Person } from './confirms.fixture';
import type { RunningGateway } from './gateway.fixture';

const never = '2147483647';

let world: ConfirmWorld;
/** Hears of no change and compares no versions: what it knows anew it has asked for. */
let deaf: RunningGateway;

beforeAll(async () => {
  world = await ConfirmWorld.start();
  await world.renew();
  deaf = await world.fleet.start({ CATALOGUE_POLL_MS: never });
  await deaf.isReady();
  await deaf.app.get<CatalogueSurroundings>(CATALOGUE_SURROUNDINGS).events?.stop();
});
afterAll(() => world.fleet.close());

const byUser = (code: string, email: string, token: string) =>
  deaf.post(
    `mutation ($confirm: ConfirmInput!) { answer: acceptUserConfirm(confirm: $confirm) {
      status org { id name } } }`,
    { confirm: { code, email } },
    token,
  );

/** Through the other gateway, a moment ago. */
async function foundOrg(founder: Person): Promise<{ id: number; name: string }> {
  const mutation = 'mutation ($input: OrgInput!) { addOrg(input: $input) { name } }';
  const name = unique('young');
  dataOf(await world.gateway.post(mutation, { input: { name, title: 'Young' } }, founder.token));
  const org = world.gateway.catalogue.orgByName(name);
  if (!org) throw new Error('no org');
  expect(deaf.catalogue.orgs.get(org.id)).toBeUndefined();
  return { id: org.id, name };
}

describe('an org that another gateway has just made', () => {
  it('can be joined by invitation', async () => {
    const [founder, anna] = [await world.person(), await world.person()];
    const org = await foundOrg(founder);
    world.lead = { ...org, owner: founder };
    const { code, email } = await world.invite(anna.email);
    expect(deaf.catalogue.orgs.get(org.id)).toBeUndefined();
    const answer = dataOf(await byUser(code, email, anna.token));
    expect(answer).toEqual({ answer: { status: 'SUCCESS', org } });
    expect(await world.maskOf(anna, org as never)).toBe(roleMask.campaigner);
  });

  it.each([
    ['where its founder signed in last', ''],
    ['named by a link', '&org='],
  ])('can become a partner, %s', async (_how, parameter) => {
    await world.renew();
    await deaf.catalogue.refresh();
    const founder = await world.person();
    const { code, email } = await world.invitePartner(founder.email);
    const org = await foundOrg(founder);
    const search = `?email=${encodeURIComponent(email)}${parameter}${parameter && org.name}`;
    const followed = await deaf.http
      .get(`/link/accept/${code}${search}`)
      .set('authorization', `Bearer ${founder.token}`);
    expect([followed.status, followed.text]).toEqual([302, '']);
    const pages = await world.sql('select name from catalog.action_pages where org_id = $1', [org.id]);
    expect(pages).toEqual([{ name: `${org.name}/bees` }]);
  });

  it('can ask to launch a page it has there, and be let', async () => {
    await world.renew();
    await deaf.catalogue.refresh();
    const founder = await world.person();
    const org = await foundOrg(founder);
    const page = await world.addPage({ ...org, owner: founder }, 'bees');
    const launch = 'mutation ($name: String!) { launchActionPage(name: $name) { status } }';
    const asked = dataOf(await deaf.post(launch, { name: page.name }, founder.token));
    expect(asked).toEqual({ launchActionPage: { status: 'CONFIRMING' } });
    const { code, object_id: objectId } = await world.lastConfirm();
    const third = await world.fleet.start({ CATALOGUE_POLL_MS: never });
    const accept = `mutation ($name: String!, $confirm: ConfirmInput!) {
      acceptOrgConfirm(name: $name, confirm: $confirm) { status actionPage { name live } } }`;
    const confirm = { name: world.lead.name, confirm: { code, objectId } };
    expect(dataOf(await third.post(accept, confirm, world.lead.owner.token))).toEqual({
      acceptOrgConfirm: { status: 'SUCCESS', actionPage: { name: page.name, live: true } },
    });
  });
});

it('every event of an org has its schema as AMQP type, its own type as a header', async () => {
  await world.renew();
  const { code, objectId } = await world.requestLaunch();
  await world.byOrg('accept', world.lead, { code, objectId }, world.lead.owner.token);
  await deaf.catalogue.refresh();
  await foundOrg(await world.person());
  const update = 'mutation ($id: Int!) { updateCampaign(id: $id, input: { title: "More bees" }) { id } }';
  dataOf(await world.gateway.post(update, { id: world.campaign.id }, world.lead.owner.token));
  const rows = await world.sql(
    `select distinct type, headers->>'event_type' as event_type
       from catalog.outbox where exchange = 'event' and lane > 0 order by 2`,
  );
  expect(rows).toEqual([
    { type: 'proca:event:2', event_type: 'campaign_updated' },
    { type: 'proca:event:2', event_type: 'confirm_created' },
    { type: 'proca:action:2', event_type: 'join_campaign' },
    { type: 'proca:action:2', event_type: 'new_org' },
  ]);
});
