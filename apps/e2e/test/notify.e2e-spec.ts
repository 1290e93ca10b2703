import type { Channel } from 'amqplib';
import { crmQueue, systemQueues } from '@groundswell/contracts';
import { roleMask, type Role } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
import { aCampaign, anOrg, aPage, aSignature, signMutation, unique, type TestOrg } from '../src/campaign-world';
import { MailTap } from '../src/mail-tap';
import type { Body } from '../src/stock-reader';
import { TestFleet } from '../src/test-fleet';

const publicUrl = 'https://campaigns.test';
const inviteMutation = `mutation ($org: String!, $email: String!) {
  inviteOrgUser(orgName: $org, input: { email: $email, role: "campaigner" }, message: "join us") { code }
}`;

describe('what follows a change', () => {
  let fleet: TestFleet;
  let tap: MailTap;
  let channel: Channel;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start({ 'api-gateway': { PUBLIC_URL: publicUrl } });
    const notify = await fleet.startOne('notify-service', { PUBLIC_URL: publicUrl });
    await notify.ready({ deadlineMs: 60_000 });
    tap = await MailTap.open(fleet.home.infra.amqpUrl);
    channel = tap.channel;
  });
  afterAll(async () => {
    // Unset when the fleet did not come up.
    await (tap as MailTap | undefined)?.close();
    await fleet.stop();
  });

  const inviteTo = (org: TestOrg, email: string) => org.owner.data(inviteMutation, { org: org.name, email });

  /** A few at a time, as several people would. */
  const inviteAll = async (org: TestOrg, guests: readonly string[]): Promise<void> => {
    const left = [...guests];
    const inviteNext = async (): Promise<void> => {
      for (let guest = left.pop(); guest !== undefined; guest = left.pop()) await inviteTo(org, guest);
    };
    await Promise.all([inviteNext(), inviteNext(), inviteNext(), inviteNext()]);
  };

  const aStaffer = async (org: TestOrg, role: Role): Promise<{ client: ApiClient; email: string }> => {
    const client = await fleet.newUser();
    const { currentUser } = await client.data<{ currentUser: { email: string } }>('{ currentUser { email } }');
    await fleet.sql.query(
      'insert into catalog.staffers (user_id, org_id, perms) select id, $1, $2 from catalog.users where email = $3',
      [org.id, roleMask[role], currentUser.email],
    );
    return { client, email: currentUser.email };
  };

  const emailOf = async ({ owner }: TestOrg): Promise<string> =>
    (await owner.data<{ currentUser: { email: string } }>('{ currentUser { email } }')).currentUser.email;

  const readyQueue = (org: TestOrg) =>
    waitFor(async () => {
      const { rows } = await fleet.sql.query(
        `select 1 from topology.queue_sets where scope = $1 and state = 'confirmed' and $2 = any(queues)`,
        [`org:${org.id}`, crmQueue(org.name)],
      );
      return rows.length === 1;
    });

  /** Nothing of the gateway waits for this org. */
  const eventsPublished = (org: TestOrg, count: number) =>
    waitFor(async () => {
      const { rows } = await fleet.sql.query<{ n: number }>(
        `select count(*)::int as n from catalog.outbox_sent where lane = $1 and message_id like 'event:%'`,
        [org.id],
      );
      return rows[0]?.n === count;
    });

  const inCrm = async (org: TestOrg): Promise<Body[]> => {
    const taken: Body[] = [];
    for (;;) {
      const message = await channel.get(crmQueue(org.name), { noAck: true });
      if (!message) return taken;
      taken.push(JSON.parse(message.content.toString()) as Body);
    }
  };

  it('client fact 10: each question is asked by mail of those who may answer it', async () => {
    const [lead, partner] = [await anOrg(fleet), await anOrg(fleet)];
    const campaigner = await aStaffer(lead, 'campaigner');
    const translator = await aStaffer(lead, 'translator');
    const campaign = await aCampaign(lead);
    const page = await aPage(partner, campaign);
    const { rows } = await fleet.sql.query<{ name: string }>('select name from catalog.action_pages where id = $1', [
      page.id,
    ]);
    const name = rows[0]?.name;
    const guests = { staff: `${unique('guest')}@example.org`, partner: `${unique('guest')}@example.org` };
    const launched = await partner.owner.data<{ launchActionPage: { status: string } }>(
      'mutation ($name: String!) { launchActionPage(name: $name, message: "please") { status } }',
      { name },
    );
    expect(launched.launchActionPage.status).toBe('CONFIRMING');
    await inviteTo(lead, guests.staff);
    await partner.owner.data(
      'mutation ($name: String!, $email: String!) { invitePartner(name: $name, email: $email) { code } }',
      {
        name,
        email: guests.partner,
      },
    );
    await partner.owner.data(
      'mutation ($org: String!, $campaign: String!) { requestJoinCampaign(orgName: $org, campaignName: $campaign) }',
      { org: partner.name, campaign: campaign.name },
    );
    const owner = await emailOf(lead);
    const kindsFor = (email: string) =>
      tap
        .to(email)
        .map(({ routingKey }) => routingKey)
        .sort();
    const asksOfLead = ['system.mail.join_campaign', 'system.mail.launch_page'];
    await waitFor(() => kindsFor(owner).length === 2 && kindsFor(campaigner.email).length === 2);
    await waitFor(() => kindsFor(guests.staff).length === 1 && kindsFor(guests.partner).length === 1);
    expect([kindsFor(owner), kindsFor(campaigner.email)]).toEqual([asksOfLead, asksOfLead]);
    expect(kindsFor(guests.staff)).toEqual(['system.mail.add_staffer']);
    expect(kindsFor(guests.partner)).toEqual(['system.mail.add_partner']);
    expect(kindsFor(translator.email)).toEqual([]);
    const launch = tap.to(owner).find(({ body }) => body.kind === 'launch_page');
    const code = String(launch?.body.data['code']);
    expect(launch?.body.data).toMatchObject({
      message: 'please',
      creator: { email: await emailOf(partner) },
      org: { name: partner.name },
      campaign: { name: campaign.name },
      acceptLink: `${publicUrl}/link/accept/${code}?id=${page.id}`,
    });
    const accepted = await lead.owner.data<{ acceptOrgConfirm: { status: string } }>(
      `mutation ($org: String!, $code: String!, $page: Int!) {
         acceptOrgConfirm(name: $org, confirm: { code: $code, objectId: $page }) { status }
       }`,
      { org: lead.name, code, page: page.id },
    );
    expect(accepted.acceptOrgConfirm.status).toBe('SUCCESS');
  });

  it('requests wait in the queue of the mailer that is not there yet', async () => {
    const { messageCount } = await channel.checkQueue(systemQueues.emailRequest);
    expect(messageCount).toBeGreaterThanOrEqual(tap.distinct.length);
  });

  it('kill -9 of notify-service in the middle loses no mail and asks for none under two ids', async () => {
    const notify = fleet.service('notify-service');
    let guests: string[] = [];
    /** Returns how often it was killed before all were asked for. */
    const killAgainAndAgain = async (): Promise<number> => {
      const org = await anOrg(fleet);
      guests = Array.from({ length: 120 }, () => `${unique('guest')}@example.org`);
      const asked = () => guests.filter((guest) => tap.to(guest).length > 0).length;
      let inTheMiddle = 0;
      await notify.kill('SIGKILL');
      await inviteAll(org, guests);
      for (const after of [1, 20, 40]) {
        await notify.restart();
        await waitFor(() => asked() >= after);
        await notify.kill('SIGKILL');
        if (asked() < guests.length) inTheMiddle += 1;
      }
      await notify.restart();
      await waitFor(() => asked() === guests.length);
      await waitFor(async () => {
        const { rows } = await fleet.sql.query<{ n: number }>('select count(*)::int as n from notify.outbox');
        return rows[0]?.n === 0;
      });
      for (const guest of guests) expect(tap.to(guest)).toHaveLength(1);
      return inTheMiddle;
    };
    // While this process stands still all of them may be asked for: then once more.
    while ((await killAgainAndAgain()) === 0);
    const { rows } = await fleet.sql.query<{ parked: number; asked: number }>(
      `select (select count(*)::int from notify.parked) as parked,
              (select count(*)::int from notify.confirms n join catalog.confirms c on c.id = n.confirm_id
                where c.email = any($1)) as asked`,
      [guests],
    );
    expect(rows[0]).toEqual({ parked: 0, asked: guests.length });
  });

  it.each([
    ['reach ORG.crm of an org that wants them', true, ['campaign_updated', 'confirm_created']],
    ['do not reach ORG.crm of an org that does not', false, []],
  ])('campaign_updated and confirm_created %s', async (_what, customEventDeliver, expected) => {
    const lead = await anOrg(fleet, { processing: { customActionDeliver: true, customEventDeliver } });
    const partner = await anOrg(fleet);
    await readyQueue(lead);
    const campaign = await aCampaign(lead);
    await lead.owner.data('mutation ($id: Int!) { updateCampaign(id: $id, input: { title: "Another" }) { id } }', {
      id: campaign.id,
    });
    const page = await aPage(partner, campaign);
    const { rows } = await fleet.sql.query('select name from catalog.action_pages where id = $1', [page.id]);
    await partner.owner.data('mutation ($name: String!) { launchActionPage(name: $name) { status } }', rows[0]);
    await eventsPublished(lead, 2);
    // What was published for it is there before this signature.
    const own = await aPage(lead, campaign);
    await fleet.anonymous.data(signMutation, aSignature(own));
    const received: Body[] = [];
    await waitFor(async () => {
      received.push(...(await inCrm(lead)));
      return received.some((body) => body['schema'] === 'proca:action:2');
    });
    const events = received.filter((body) => body['schema'] === 'proca:event:2');
    expect(events.map((body) => body['eventType']).sort()).toEqual(expected);
    const created = events.find((body) => body['eventType'] === 'confirm_created');
    if (created) {
      const owner = await emailOf(lead);
      const asked = await waitFor(() => tap.to(owner)[0]);
      expect(created['confirm']).toMatchObject({
        operation: 'launch_page',
        acceptLink: asked.body.data['acceptLink'],
      });
    }
  });

  it('events of invitations go to the instance org', async () => {
    const { rows } = await fleet.sql.query<{ id: number }>(
      `select o.id::int as id from catalog.orgs o where o.name = 'instance'`,
    );
    const sent = async () => {
      const { rows: found } = await fleet.sql.query<{ n: number }>(
        `select count(*)::int as n from catalog.outbox_sent where lane = $1 and message_id like 'event:%'`,
        [rows[0]?.id],
      );
      return found[0]?.n ?? 0;
    };
    const before = await sent();
    await inviteTo(await anOrg(fleet), `${unique('guest')}@example.org`);
    await waitFor(async () => (await sent()) > before);
  });
});
