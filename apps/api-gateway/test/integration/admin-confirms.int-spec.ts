import { confirmCreatedEventV2, confirmCreatedV1, systemEventV2 } from '@groundswell/contracts';
import { permissionMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import {
  ConfirmWorld,
  dataOf,
  denied,
  errorOf,
  expired,
  factsQueue,
  insufficient,
  noMember,
  statusOf,
} from './confirms.fixture';

let world: ConfirmWorld;

beforeAll(async () => {
  world = await ConfirmWorld.start();
});
afterAll(() => world.fleet.close());
beforeEach(() => world.renew());

const launched = (status: string) => ({ launchActionPage: { status } });

describe('launchActionPage', () => {
  it('asks the lead: 12 digits, one charge, 30 days, an event to the lead and a fact without code and address', async () => {
    await world.fleet.vhost.drain(factsQueue);
    const { code } = await world.requestLaunch('Please');
    expect(code).toMatch(/^\d{12}$/);
    const row = await world.lastConfirm();
    expect(row).toMatchObject({
      charges: 1,
      subject_id: world.campaign.id,
      object_id: world.page.id,
      email: null,
    });
    const { rows } = await world.fleet.sql.query(
      `select expires_at - inserted_at > interval '29 days 23 hours' as long from catalog.confirms where id = $1`,
      [row.id],
    );
    expect(rows).toEqual([{ long: true }]);
    const [event, ...others] = await world.eventsOf(world.lead.id);
    expect([event?.key, others]).toEqual([`${world.lead.name}.confirm_created.launch_page`, []]);
    const links = (verb: string) => `https://campaigns.test/link/${verb}/${code}?id=${world.page.id}`;
    const twitter = {
      name: null,
      screenName: 'partner',
      picture: null,
      description: null,
      url: null,
      followersCount: 12,
    };
    expect(confirmCreatedEventV2.parse(event?.body)).toMatchObject({
      orgId: world.lead.id,
      confirm: {
        ...{ operation: 'launch_page', code, email: '', message: 'Please' },
        ...{ subjectId: world.campaign.id, objectId: world.page.id },
        creator: { email: world.partner.owner.email, jobTitle: 'Campaigner' },
        ...{ acceptLink: links('accept'), rejectLink: links('reject') },
      },
      campaign: { name: world.campaign.name, title: 'Bees' },
      org: { name: world.partner.name, title: 'The partner', twitter },
    });
    const told = await waitFor(async () => (await world.fleet.vhost.drain(factsQueue))[0]);
    expect(told.properties.messageId).toBe(`confirm:${row.id}:created`);
    expect(confirmCreatedV1.parse(JSON.parse(told.content.toString()))).toEqual(JSON.parse(told.content.toString()));
    expect(told.content.toString()).not.toContain(code);
    expect(JSON.parse(told.content.toString())).toEqual({
      schema: 'groundswell:confirm:1',
      ...{ confirmId: row.id, operation: 'launch_page', subjectId: world.campaign.id, objectId: world.page.id },
    });
  });

  it('by the lead, whose page it is, is done at once without asking anybody', async () => {
    const own = await world.addPage(world.lead, 'own');
    world.page = own;
    expect(dataOf(await world.launch(world.lead.owner.token))).toEqual(launched('SUCCESS'));
    expect([await world.isLive(own.id), await world.eventsOf(world.lead.id)]).toEqual([true, []]);
  });

  it('by an instance admin acts as the member of the lead they are', async () => {
    const admin = await world.member(world.lead, 'owner', permissionMask(['instance_owner']));
    expect(dataOf(await world.launch(admin.token))).toEqual(launched('SUCCESS'));
    expect(await world.isLive(world.page.id)).toBe(true);
    const outside = await world.person(permissionMask(['instance_owner']));
    world.page = await world.addPage(world.partner, 'second');
    expect(dataOf(await world.launch(outside.token))).toEqual(launched('CONFIRMING'));
  });

  it('is for the team of the page', async () => {
    expect(errorOf(await world.launch(world.lead.owner.token))).toBe(denied);
    expect(errorOf(await world.launch((await world.member(world.partner, 'translator')).token))).toBe(denied);
    expect(errorOf(await world.launch())).toBe(
      'permission_denied: User is not a member of team responsible for resource',
    );
    world.page = { id: 0, name: 'no/such' };
    expect(errorOf(await world.launch(world.partner.owner.token))).toBe('not_found: Entity not found');
  });
});

describe('a launch', () => {
  it('accepted by the lead makes the page live and tells the lead who joined', async () => {
    const confirm = await world.requestLaunch('Please');
    const accepted = dataOf(await world.byOrg('accept', world.lead, confirm, world.lead.owner.token));
    const actionPage = { __typename: 'PrivateActionPage', id: world.page.id, name: world.page.name, live: true };
    expect(accepted).toEqual({
      answer: { status: 'SUCCESS', message: 'Please', actionPage, campaign: null, org: null },
    });
    const joined = (await world.eventsOf(world.lead.id)).at(-1);
    expect(joined?.key).toBe(`${world.lead.name}.system.join_campaign`);
    expect(systemEventV2.parse(joined?.body)).toMatchObject({
      ...{
        eventType: 'join_campaign',
        orgId: world.partner.id,
        campaignId: world.campaign.id,
        actionPageId: world.page.id,
      },
      contact: { email: world.partner.owner.email, firstName: world.partner.owner.email.split('@')[0] },
      ...{
        org: { name: world.partner.name },
        campaign: { name: world.campaign.name },
        actionPage: { name: world.page.name },
      },
    });
    expect(errorOf(await world.byOrg('accept', world.lead, confirm, world.lead.owner.token))).toBe(expired);
    expect(await world.chargesOf(confirm.code)).toBe(0);
  });

  it('accepted twice at the same time succeeds exactly once', async () => {
    const confirm = await world.requestLaunch();
    const all = await Promise.all(
      Array.from({ length: 6 }, () => world.byOrg('accept', world.lead, confirm, world.lead.owner.token)),
    );
    expect(all.filter(({ errors }) => !errors)).toHaveLength(1);
    expect(all.flatMap((one) => (one.errors ? [errorOf(one)] : []))).toEqual(Array(5).fill(expired));
    expect(await world.chargesOf(confirm.code)).toBe(0);
    expect((await world.eventsOf(world.lead.id)).filter(({ key }) => key.endsWith('join_campaign'))).toHaveLength(1);
  });

  it('accepted when the page is live already is NOOP and joins nobody again', async () => {
    const [first, second] = [await world.requestLaunch(), await world.requestLaunch()];
    expect(statusOf(await world.byOrg('accept', world.lead, first, world.lead.owner.token))).toBe('SUCCESS');
    expect(statusOf(await world.byOrg('accept', world.lead, second, world.lead.owner.token))).toBe('NOOP');
    expect((await world.eventsOf(world.lead.id)).filter(({ key }) => key.endsWith('join_campaign'))).toHaveLength(1);
  });

  it.each<[string, () => Promise<string>]>([
    ['the lead without manage_campaigns', async () => (await world.member(world.lead, 'translator')).token],
    ['an instance owner who is a translator', async () => (await world.member(world.lead, 'translator', 1)).token],
  ])('Fix: is not for %s, neither to accept nor to reject', async (_who, tokenOf) => {
    const [confirm, token] = [await world.requestLaunch(), await tokenOf()];
    for (const verb of ['accept', 'reject'] as const) {
      const given = await world.byOrg(verb, world.lead, confirm, token);
      expect(errorOf(given)).toBe(insufficient);
      expect(given.errors?.[0]?.extensions?.['required']).toEqual(['manage_campaigns']);
    }
    expect([await world.chargesOf(confirm.code), await world.isLive(world.page.id)]).toEqual([1, false]);
  });

  it('Fix: staff of other orgs may not reject it either', async () => {
    const confirm = await world.requestLaunch();
    for (const verb of ['accept', 'reject'] as const) {
      expect(errorOf(await world.byOrg(verb, world.partner, confirm, world.partner.owner.token))).toBe(insufficient);
      expect(errorOf(await world.byOrg(verb, world.lead, confirm, world.partner.owner.token))).toBe(noMember);
      expect(errorOf(await world.byOrg(verb, world.lead, confirm))).toBe(noMember);
    }
    expect(await world.chargesOf(confirm.code)).toBe(1);
  });

  it('Fix: needs a staffer, so a mere user is unauthorized', async () => {
    const confirm = await world.requestLaunch();
    for (const verb of ['accept', 'reject'] as const) {
      expect(errorOf(await world.byUser(verb, confirm, world.lead.owner.token))).toBe(noMember);
      expect(errorOf(await world.byUser(verb, confirm))).toBe(
        'unauthorized: Authentication is required for this API call',
      );
    }
  });

  it('rejected is closed for good; rejecting again changes nothing', async () => {
    const confirm = await world.requestLaunch();
    const rejected = { status: 'SUCCESS', message: null, actionPage: null, campaign: null, org: null };
    expect(dataOf(await world.byOrg('reject', world.lead, confirm, world.lead.owner.token))).toEqual({
      answer: rejected,
    });
    expect(statusOf(await world.byOrg('reject', world.lead, confirm, world.lead.owner.token))).toBe('NOOP');
    expect(errorOf(await world.byOrg('accept', world.lead, confirm, world.lead.owner.token))).toBe(expired);
    expect(await world.isLive(world.page.id)).toBe(false);
  });

  it('that fails keeps its charge', async () => {
    const confirm = await world.requestLaunch();
    await world.fleet.sql.query('update catalog.action_pages set deleted_at = now() where id = $1', [world.page.id]);
    await world.gateway.catalogue.refresh();
    expect(errorOf(await world.byOrg('accept', world.lead, confirm, world.lead.owner.token))).toBe(
      'not_found: action page not found',
    );
    expect(await world.chargesOf(confirm.code)).toBe(1);
  });

  it('ends after its time', async () => {
    const confirm = await world.requestLaunch();
    await world.fleet.sql.query(`update catalog.confirms set expires_at = now() where code = $1`, [confirm.code]);
    expect(errorOf(await world.byOrg('accept', world.lead, confirm, world.lead.owner.token))).toBe(expired);
    expect(await world.isLive(world.page.id)).toBe(false);
  });
});
