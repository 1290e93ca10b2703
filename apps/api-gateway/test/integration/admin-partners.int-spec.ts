import { permissionMask } from '@groundswell/domain';
import { ConfirmRepository } from '../../src/confirms/confirm.repository';
import { UserRepository } from '../../src/users/user.repository';
import { ConfirmWorld, dataOf, denied, errorOf, insufficient, noMember, statusOf, type Org } from './confirms.fixture';

let world: ConfirmWorld;

beforeAll(async () => {
  world = await ConfirmWorld.start();
});
afterAll(() => world.fleet.close());
beforeEach(() => world.renew());

describe('an invitation of a partner', () => {
  it('accepted makes a copy of the page in the org of whoever accepts, under a free name', async () => {
    const guest = await world.addOrg('guest');
    for (const suffix of ['', '-1', '-2']) {
      const confirm = await world.invitePartner('guest@example.org');
      const { answer: given } = dataOf(await world.byOrg('accept', guest, confirm, guest.owner.token)) as {
        answer: { actionPage: { id: number } };
      };
      const name = `${guest.name}/bees${suffix}`;
      expect(given).toMatchObject({
        ...{ status: 'SUCCESS', message: 'Join' },
        actionPage: { __typename: 'PrivateActionPage', name, live: false },
      });
      const copied =
        'select org_id::int, campaign_id::int, config, delivery, locale from catalog.action_pages where id = $1';
      expect((await world.fleet.sql.query(copied, [given.actionPage.id])).rows).toEqual([
        { org_id: guest.id, campaign_id: world.campaign.id, config: { a: 1 }, delivery: false, locale: 'en' },
      ]);
    }
    expect((await world.eventsOf(world.instanceId)).at(-1)?.key).toBe('instance.confirm_created.add_partner');
  });

  it('Fix: needs staff who may manage pages, to accept and to reject', async () => {
    const guest = await world.addOrg('guest');
    const confirm = await world.invitePartner('guest@example.org');
    const translator = await world.member(guest, 'translator');
    for (const verb of ['accept', 'reject'] as const) {
      expect(errorOf(await world.byOrg(verb, guest, confirm, translator.token))).toBe(insufficient);
      expect(errorOf(await world.byUser(verb, confirm, guest.owner.token))).toBe(noMember);
    }
    expect(await world.chargesOf(confirm.code)).toBe(1);
  });

  it('is sent by the team of the page, to an address', async () => {
    const mutation = (email: string) =>
      `mutation { invitePartner(name: "${world.page.name}", email: "${email}") { code } }`;
    expect(errorOf(await world.gateway.post(mutation('a@b.org'), {}, world.lead.owner.token))).toBe(denied);
    const { errors } = await world.gateway.post(mutation('nobody'), {}, world.partner.owner.token);
    expect(errors?.[0]).toMatchObject({ message: 'has invalid format', path: ['invitePartner', 'email'] });
  });
});

describe('a request to join', () => {
  it('accepted by the lead makes all pages of the partner live', async () => {
    const second = await world.addPage(world.partner, 'second');
    const foreign = await world.addPage(await world.addOrg('other'), 'bees');
    const confirm = await world.requestJoin();
    expect((await world.eventsOf(world.instanceId)).at(-1)?.key).toBe('instance.confirm_created.join_campaign');
    expect(
      errorOf(await world.byOrg('accept', world.lead, confirm, (await world.member(world.lead, 'translator')).token)),
    ).toBe(insufficient);
    const none = { message: null, actionPage: null, campaign: null, org: null };
    expect(dataOf(await world.byOrg('accept', world.lead, confirm, world.lead.owner.token))).toEqual({
      answer: { status: 'SUCCESS', ...none },
    });
    for (const { id } of [world.page, second]) expect(await world.isLive(id)).toBe(true);
    expect(await world.isLive(foreign.id)).toBe(false);
    const events = await world.eventsOf(world.lead.id);
    expect(events.map(({ key }) => key)).toEqual([`${world.lead.name}.system.join_campaign`]);
    expect(events[0]?.body).toMatchObject({ orgId: world.partner.id, contact: { email: world.partner.owner.email } });
    expect(statusOf(await world.byOrg('accept', world.lead, await world.requestJoin(), world.lead.owner.token))).toBe(
      'NOOP',
    );
  });

  it('of the lead itself is NOOP, and of others only by their own team', async () => {
    const mutation = (org: Org) =>
      `mutation { requestJoinCampaign(orgName: "${org.name}", campaignName: "${world.campaign.name}") }`;
    expect(dataOf(await world.gateway.post(mutation(world.lead), {}, world.lead.owner.token))).toEqual({
      requestJoinCampaign: 'NOOP',
    });
    expect(errorOf(await world.gateway.post(mutation(world.partner), {}, world.lead.owner.token))).toMatch(
      /^permission_denied/,
    );
  });
});

describe('partnerships', () => {
  const query = `query ($name: String) { campaign(name: $name) { ... on PrivateCampaign { partnerships {
    org { __typename name } actionPages { __typename id }
    launchRequests { code objectId message creator { email roles { role } } } launchRequesters { email } } } } }`;
  const read = async (token: string) => {
    const { campaign: found } = dataOf(await world.gateway.post(query, { name: world.campaign.name }, token)) as {
      campaign: { partnerships?: unknown };
    };
    return found.partnerships;
  };

  it('show the lead who asks for what, as long as it is open', async () => {
    const [first, second] = [await world.requestLaunch('One'), await world.requestLaunch()];
    const creator = { email: world.partner.owner.email, roles: [] };
    const partnership = {
      org: { __typename: 'PublicOrg', name: world.partner.name },
      actionPages: [{ __typename: 'PrivateActionPage', id: world.page.id }],
      launchRequests: [
        { ...first, message: 'One', creator },
        { ...second, message: null, creator },
      ],
      launchRequesters: [{ email: world.partner.owner.email }],
    };
    expect(await read(world.lead.owner.token)).toEqual([partnership]);
    await world.byOrg('reject', world.lead, first, world.lead.owner.token);
    await world.fleet.sql.query('update catalog.confirms set expires_at = now() where code = $1', [second.code]);
    expect(await read(world.lead.owner.token)).toEqual([{ ...partnership, launchRequests: [], launchRequesters: [] }]);
  });

  it('are null for all but staff of the lead', async () => {
    const admin = await world.person(permissionMask(['instance_owner']));
    expect(await read(admin.token)).toBeNull();
    expect(await read(world.partner.owner.token)).toBeUndefined();
  });

  it('of any number of campaigns read the requests with one statement, and their creators together', async () => {
    await world.requestLaunch();
    world.campaign = await world.addCampaign();
    world.page = await world.addPage(world.partner, 'trees');
    await world.addPage(await world.addOrg('other'), 'trees');
    await world.requestLaunch();
    const [launches, users] = [
      jest.spyOn(ConfirmRepository.prototype, 'openLaunchesOf'),
      jest.spyOn(UserRepository.prototype, 'findByIds'),
    ];
    const all = `{ org(name: "${world.lead.name}") { campaigns { ... on PrivateCampaign { partnerships {
      launchRequests { code creator { email } } launchRequesters { email } } } } } }`;
    const { org } = dataOf(await world.gateway.post(all, {}, world.lead.owner.token)) as {
      org: { campaigns: unknown[] };
    };
    expect(JSON.stringify(org.campaigns).match(/"code"/g)).toHaveLength(2);
    expect(launches).toHaveBeenCalledTimes(1);
    // Requesters, and a step further down creators.
    expect(users.mock.calls.length).toBeLessThanOrEqual(2);
    jest.restoreAllMocks();
  });
});
