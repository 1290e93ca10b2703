import { factKeys } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { facts, NotifyFixture } from './notify-fixture';

describe('the mails of confirms', () => {
  let fixture: NotifyFixture;

  beforeAll(async () => {
    fixture = await NotifyFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  it('a launch asks every owner and campaigner of the lead, and nobody else', async () => {
    const lead = await fixture.anOrg();
    const partner = await fixture.anOrg();
    const pageId = await fixture.aPage(partner, await fixture.aCampaign(lead));
    const { rows } = await fixture.sql.query('select campaign_id::int as id from catalog.action_pages where id = $1', [
      pageId,
    ]);
    const asked = [await fixture.aStaffer(lead, 'owner'), await fixture.aStaffer(lead, 'campaigner')];
    for (const role of ['translator', 'coordinator'] as const) await fixture.aStaffer(lead, role);
    const asking = await fixture.aStaffer(partner, 'owner');
    const created = await fixture.aConfirm('launch_page', {
      subject_id: rows[0].id,
      object_id: pageId,
      creator_id: asking.userId,
      message: 'please',
    });
    await fixture.publish(created);
    const mails = await fixture.mails(2);
    expect(mails.map(({ body }) => body.to.email).sort()).toEqual(asked.map(({ email }) => email).sort());
    expect(mails.map(({ messageId }) => messageId).sort()).toEqual(
      asked.map(({ userId }) => `confirm:${created.confirmId}:${userId}`).sort(),
    );
    for (const { messageId, routingKey, type, body } of mails) {
      expect([routingKey, type, body.purpose]).toEqual(['system.mail.launch_page', 'groundswell:mail:1', messageId]);
      expect(body.data).toMatchObject({
        message: 'please',
        creator: { email: asking.email },
        campaign: { title: 'A campaign' },
        acceptLink: expect.stringMatching(new RegExp(`^https://campaigns.test/link/accept/[0-9]+\\?id=${pageId}$`)),
      });
    }
  });

  it.each(['join_campaign', 'add_partner', 'add_staffer'] as const)('%s asks those who decide', async (operation) => {
    const [lead, partner] = [await fixture.anOrg(), await fixture.anOrg()];
    const campaignId = await fixture.aCampaign(lead);
    const owner = await fixture.aStaffer(lead, 'owner');
    const invited = `${fixture.unique('guest')}@example.org`;
    const rows = {
      join_campaign: { subject_id: partner, object_id: campaignId },
      add_partner: { subject_id: await fixture.aPage(partner, campaignId), email: invited },
      add_staffer: { subject_id: partner, object_id: 7, email: invited },
    };
    await fixture.publish(await fixture.aConfirm(operation, rows[operation]));
    const [mail, ...others] = await fixture.mails(1);
    expect(others).toEqual([]);
    expect(mail?.routingKey).toBe(`system.mail.${operation}`);
    expect(mail?.body.to.email).toBe(operation === 'join_campaign' ? owner.email : invited);
  });

  it('one fact twice, or ten times at once, asks once', async () => {
    const created = await fixture.anInvitation();
    await fixture.publish(created);
    const first = await fixture.mails(1);
    await fixture.publish(...Array.from({ length: 10 }, () => created));
    const other = await fixture.anInvitation();
    await fixture.publish(other, other);
    const later = await fixture.mails(1);
    await fixture.quiet();
    expect([...first, ...later, ...(await fixture.mails(0))].map(({ body }) => body.purpose)).toEqual([
      expect.stringContaining(`confirm:${created.confirmId}:`),
      expect.stringContaining(`confirm:${other.confirmId}:`),
    ]);
  });

  it('staff that comes after a fact gets no mail by its repeat', async () => {
    const lead = await fixture.anOrg();
    const created = await fixture.aConfirm('join_campaign', {
      subject_id: await fixture.anOrg(),
      object_id: await fixture.aCampaign(lead),
    });
    await fixture.publish(created);
    expect(await fixture.outcomes(created)).toEqual(['nobody to ask']);
    await fixture.aStaffer(lead, 'owner');
    await fixture.publish(created);
    await fixture.quiet();
    expect(await fixture.mails(0)).toEqual([]);
  });

  it('what is accepted, rejected, expired or about something deleted is not asked for any more', async () => {
    const org = await fixture.anOrg();
    await fixture.sql.query('update catalog.orgs set deleted_at = now() where id = $1', [org]);
    const [accepted, expired] = [await fixture.anInvitation(), await fixture.anInvitation()];
    await fixture.sql.query('update catalog.confirms set charges = 0 where id = $1', [accepted.confirmId]);
    await fixture.sql.query('update catalog.confirms set expires_at = now() where id = $1', [expired.confirmId]);
    const orphan = await fixture.aConfirm('add_staffer', { subject_id: org, object_id: 7, email: 'a@example.org' });
    const never = { ...accepted, confirmId: 999_999 };
    const sent = [accepted, expired, orphan, never];
    await fixture.publish(...sent);
    expect(await fixture.outcomes(...sent)).toEqual(['over', 'over', 'gone', 'gone']);
    expect(await fixture.mails(0)).toEqual([]);
  });

  it("leaves the moderators' questions alone: their ids are of another table", async () => {
    const created = await fixture.anInvitation();
    await fixture.publish({ ...created, operation: 'confirm_action' }, created);
    expect(await fixture.mails(1)).toHaveLength(1);
    await fixture.quiet();
    expect(await fixture.mails(0)).toEqual([]);
  });

  it('takes facts as the gateway publishes them, by their key', async () => {
    const created = await fixture.anInvitation();
    fixture.vhost.channel.publish('event', factKeys.confirmCreated, Buffer.from(JSON.stringify(created)));
    expect(await fixture.mails(1)).toHaveLength(1);
  });

  it('parks what is no such fact at once, and goes on', async () => {
    const created = await fixture.anInvitation();
    await fixture.publish({ schema: 'groundswell:confirm:9' }, created);
    expect(await fixture.mails(1)).toHaveLength(1);
    await waitFor(async () => (await fixture.count('notify.parked')) === 1);
    const { rows } = await fixture.sql.query('select queue from notify.parked');
    expect(rows).toEqual([{ queue: facts }]);
  });
});
