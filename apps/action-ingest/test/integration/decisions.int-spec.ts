import { actionMessageV2, emailStatusEventV2 } from '@groundswell/contracts';
import { aContact, aDecision, aModeration, anAction, anEmailEvent, IngestFixture, newRef } from './ingest-fixture';

const status = { new: 0, confirming: 1, rejected: 2, accepted: 3, delivered: 4, repeat: 5 };

describe('decisions', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  it('holds a signature until its supporter accepts, then delivers it and the share that waited', async () => {
    const place = await fixture.place({ customSupporterConfirm: true });
    const contact = aContact(place);
    await fixture.act(contact, anAction(place, contact.ref));
    const [asked] = await fixture.received(fixture.queues.confirm(place.org), 1);
    expect(actionMessageV2.parse(asked?.body)).toMatchObject({
      stage: 'supporter_confirm',
      contact: { email: 'harald@example.org', dupeRank: 0 },
    });
    const held = await fixture.actionOf(contact);
    expect(held).toMatchObject({ status: status.new, supporterStatus: 1 });
    await fixture.act(aDecision(held.id, contact.ref, 'accept'));
    expect(await fixture.actionOf(contact)).toMatchObject({ status: status.delivered, supporterStatus: 3, rank: 0 });
    expect(await fixture.received(fixture.queues.crm(place.org), 2)).toHaveLength(2);
  });

  it('gives rank 0 to the one accepted first, not to the one that signed first', async () => {
    const place = await fixture.place({ customSupporterConfirm: true });
    const ref = newRef();
    const [first, second] = [aContact(place, { ref }), aContact(place, { ref })];
    await fixture.act(first, second);
    await fixture.act(aDecision((await fixture.actionOf(second)).id, ref, 'accept'));
    await fixture.act(aDecision((await fixture.actionOf(first)).id, ref, 'accept'));
    expect(await fixture.actionOf(second)).toMatchObject({ rank: 0, status: status.delivered });
    expect(await fixture.actionOf(first)).toMatchObject({ rank: 1, status: status.repeat });
  });

  it('hands rank 0 to the next signature when the first is rejected, which then is no repeat', async () => {
    const place = await fixture.place();
    const ref = newRef();
    const [first, second, third] = [aContact(place, { ref }), aContact(place, { ref }), aContact(place, { ref })];
    await fixture.act(first);
    await fixture.act(second);
    await fixture.act(third);
    await fixture.act(aDecision((await fixture.actionOf(first)).id, ref, 'reject'));
    expect(await fixture.actionOf(first)).toMatchObject({ status: status.rejected, supporterStatus: 2 });
    expect(await fixture.actionOf(second)).toMatchObject({ status: status.delivered, rank: 0 });
    expect(await fixture.actionOf(third)).toMatchObject({ status: status.repeat, rank: 2 });
  });

  it('rejects what is under way with its supporter, and again changes nothing', async () => {
    const place = await fixture.place({ customSupporterConfirm: true });
    const contact = aContact(place);
    const share = anAction(place, contact.ref);
    await fixture.act(contact, share);
    const { id } = await fixture.actionOf(contact);
    await fixture.act(aDecision(id, contact.ref, 'reject'));
    await fixture.act(aDecision(id, contact.ref, 'reject'), aDecision(id, contact.ref, 'accept'));
    expect(await fixture.actionOf(contact)).toMatchObject({ status: status.rejected, supporterStatus: 2 });
    expect(await fixture.actionOf(share)).toMatchObject({ status: status.rejected });
  });

  it('notes a double opt-in once, with one event to every org with a record', async () => {
    const place = await fixture.place({ customEventDeliver: true });
    const contact = aContact(place, { action: { fields: { card_url: 'x' } } });
    await fixture.act(contact);
    const { id } = await fixture.actionOf(contact);
    await fixture.act(aDecision(id, contact.ref, null, true), aDecision(id, contact.ref, null, true));
    const messages = await fixture.received(fixture.queues.crm(place.org), 2);
    const events = messages.filter(({ body }) => body['schema'] === 'proca:event:2');
    expect(events).toHaveLength(1);
    expect(emailStatusEventV2.parse(events[0]?.body)).toMatchObject({
      orgId: place.orgId,
      actionId: id,
      action: { customFields: { card_url: 'x' } },
      supporter: {
        contact: { contactRef: contact.ref },
        privacy: { emailStatus: 'double_opt_in', withConsent: false },
      },
    });
  });

  it('rejects with a bounce what waits, and no acceptance or opt-in brings it back', async () => {
    const place = await fixture.place({ customSupporterConfirm: true });
    const contact = aContact(place);
    const share = anAction(place, contact.ref);
    await fixture.act(contact, share);
    const { id } = await fixture.actionOf(contact);
    await fixture.act(anEmailEvent(id, contact.ref, 'bounce'));
    await fixture.act(aDecision(id, contact.ref, 'accept', true), aDecision(id, contact.ref, 'reject'));
    expect(await fixture.actionOf(contact)).toMatchObject({ status: status.rejected, supporterStatus: 2 });
    expect(await fixture.actionOf(share)).toMatchObject({ status: status.rejected });
  });

  it('asks a moderator with a code, and delivers what was accepted', async () => {
    const place = await fixture.place({ customActionConfirm: true });
    const contact = aContact(place);
    await fixture.act(contact);
    const [asked] = await fixture.received(fixture.queues.moderate(place.org), 1);
    const confirm = asked?.body['confirm'] as { code: string; acceptLink: string };
    expect(confirm.code).toMatch(/^\d{12}$/);
    expect(confirm.acceptLink).toBe(`https://campaigns.test/link/accept/${confirm.code}`);
    const { id } = await fixture.actionOf(contact);
    await fixture.act(aModeration(id, contact.ref, 'accept'));
    await fixture.act(aModeration(id, contact.ref, 'accept'));
    expect(await fixture.actionOf(contact)).toMatchObject({ status: status.delivered });
    const [delivered] = await fixture.received(fixture.queues.crm(place.org), 1);
    expect(delivered?.body).toMatchObject({ stage: 'deliver', actionId: id });
  });

  it('delivers a share of a duplicate as delivered, not as repeat', async () => {
    const place = await fixture.place();
    const ref = newRef();
    await fixture.act(aContact(place, { ref }));
    await fixture.act(aContact(place, { ref }));
    const share = anAction(place, ref);
    await fixture.act(share);
    expect(await fixture.actionOf(share)).toMatchObject({ status: status.delivered, rank: 1 });
  });
});
