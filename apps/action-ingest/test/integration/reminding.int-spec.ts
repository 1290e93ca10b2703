import { actionMessageV2, exchanges, reminderOfMessage, systemQueues } from '@groundswell/contracts';
import {
  aContact,
  aDecision,
  anAction,
  anEmailEvent,
  aReminder,
  IngestFixture,
  newRef,
  type Place,
} from './ingest-fixture';

describe('reminders of those who have not confirmed', () => {
  let fixture: IngestFixture;
  let place: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.vhost.declareQueue(systemQueues.emailConfirm, {
      exchange: exchanges.confirm,
      key: '*.system.supporter',
    });
    place = await fixture.place({ supporterConfirm: true });
    await fixture.start({ DEPLOYED_SERVICES: 'action-ingest,email-delivery' });
  });
  afterAll(() => fixture.close());

  const signed = async (at: Place = place) => {
    const contact = aContact(at);
    await fixture.act(contact);
    await fixture.received(systemQueues.emailConfirm, 1);
    return { ref: contact.ref, id: (await fixture.actionOf(contact)).id };
  };
  /** What was published by now. */
  const mails = async () => {
    await fixture.deltas();
    return fixture.received(systemQueues.emailConfirm, 0);
  };

  it('bring the confirm message once more, to email-delivery alone, under an id of its own', async () => {
    const { id, ref } = await signed();
    await fixture.act(aReminder(id, ref, 2));
    const [mail] = await fixture.received(systemQueues.emailConfirm, 1);
    expect(mail?.messageId).toBe(`action:${id}:supporter_confirm:${place.orgId}:n2`);
    expect(reminderOfMessage(mail?.messageId ?? '')).toBe(2);
    expect(actionMessageV2.parse(mail?.body)).toMatchObject({
      stage: 'supporter_confirm',
      actionId: id,
      contact: { email: 'harald@example.org', firstName: 'Harald', contactRef: ref },
    });
  });

  it('come once, however often one is asked for', async () => {
    const { id, ref } = await signed();
    const reminder = aReminder(id, ref);
    await fixture.act(reminder);
    await fixture.send(reminder, reminder);
    // Behind them in the same partition.
    await fixture.act(anAction(place, ref));
    await fixture.received(systemQueues.emailConfirm, 1);
    expect(await mails()).toEqual([]);
  });

  it.each([
    ['has confirmed', (id: number, ref: string) => aDecision(id, ref, 'accept')],
    ['has refused', (id: number, ref: string) => aDecision(id, ref, 'reject')],
    ['cannot be reached', (id: number, ref: string) => anEmailEvent(id, ref, 'bounce')],
  ])('do not go to who %s by then', async (_name, decision) => {
    const { id, ref } = await signed();
    await fixture.act(decision(id, ref));
    await fixture.act(aReminder(id, ref));
    expect(await mails()).toEqual([]);
  });

  it('do not go to who has no address here any more, for another person, or about a share', async () => {
    const { id, ref } = await signed();
    const share = anAction(place, ref);
    await fixture.act(share);
    await fixture.act(aReminder((await fixture.actionOf(share)).id, ref), aReminder(id, newRef()));
    await fixture.sql.query(
      'update actions.supporters set email = null where id = (select supporter_id from actions.actions where id = $1)',
      [id],
    );
    await fixture.act(aReminder(id, ref));
    expect(await mails()).toEqual([]);
  });

  it('go for an equal repeat too, for which nobody was mailed before', async () => {
    const contact = aContact(place);
    await fixture.act(contact);
    await fixture.received(systemQueues.emailConfirm, 1);
    const repeat = aContact(place, { ref: contact.ref });
    await fixture.act(repeat);
    const [unmailed] = await fixture.received(systemQueues.emailConfirm, 1);
    expect(unmailed?.headers['no_mail']).toBe(true);
    await fixture.act(aReminder((await fixture.actionOf(repeat)).id, contact.ref));
    const [mail] = await fixture.received(systemQueues.emailConfirm, 1);
    expect(mail?.headers['no_mail']).toBeUndefined();
  });

  it("are left to the org's own software where that asks", async () => {
    const own = await fixture.place({ customSupporterConfirm: true, supporterConfirm: true });
    const contact = aContact(own);
    await fixture.act(contact);
    await fixture.received(fixture.queues.confirm(own.org), 1);
    await fixture.act(aReminder((await fixture.actionOf(contact)).id, contact.ref));
    expect(await mails()).toEqual([]);
    expect(await fixture.received(fixture.queues.confirm(own.org), 0)).toEqual([]);
  });
});
