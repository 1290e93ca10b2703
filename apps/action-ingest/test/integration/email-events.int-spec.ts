import { emailStatusEventV2, type EmailEventV1 } from '@groundswell/contracts';
import { recountSql, sumDeltas } from '@groundswell/testing';
import { aContact, aDecision, anAction, anEmailEvent, IngestFixture, newRef, type Place } from './ingest-fixture';

const status = { new: 0, confirming: 1, rejected: 2, accepted: 3, delivered: 4, repeat: 5 };
const supporter = { confirming: 1, rejected: 2, accepted: 3 };
const emailStatus = { none: 0, double_opt_in: 1, bounce: 2, blocked: 3, spam: 4, unsub: 5 };
const events = ['bounce', 'blocked', 'spam', 'unsub'] as const;

describe('what a mail provider says of the mail about an action (email-and-mtt.md §4)', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const stateOf = async (submission: { id: string }) => {
    const { rows } = await fixture.sql.query(
      `select a.processing_status as action, s.processing_status as supporter, s.email_status as email,
              s.email_status_changed as "changedAt"
         from actions.submissions u join actions.actions a on a.id = u.action_id
         join actions.supporters s on s.id = a.supporter_id where u.id = $1`,
      [submission.id],
    );
    return rows[0] as { action: number; supporter: number; email: number; changedAt: Date | null };
  };
  /** Stores what is told of this signature's mail. */
  const tell = async (contact: { id: string; ref: string }, event: EmailEventV1['event'], at?: Date) => {
    const { id } = await fixture.actionOf(contact);
    await fixture.act(anEmailEvent(id, contact.ref, event, at));
    return id;
  };
  /** Events an org got once everything is published. */
  const statusEvents = async ({ org }: Place) => {
    await fixture.deltas();
    const messages = await fixture.received(fixture.queues.crm(org), 0);
    return messages.filter(({ body }) => body['schema'] === 'proca:event:2');
  };

  it.each(events)('%s before delivery rejects action and supporter', async (event) => {
    const place = await fixture.place({ customSupporterConfirm: true });
    const contact = aContact(place);
    await fixture.act(contact);
    const at = new Date('2026-11-20T10:00:00Z');
    await tell(contact, event, at);
    const expected = {
      action: status.rejected,
      supporter: supporter.rejected,
      email: emailStatus[event],
      changedAt: at,
    };
    expect(await stateOf(contact)).toEqual(expected);
  });

  it.each([
    ['bounce', status.rejected, supporter.rejected],
    ['blocked', status.rejected, supporter.rejected],
    ['spam', status.delivered, supporter.accepted],
    ['unsub', status.delivered, supporter.accepted],
  ] as const)('%s after delivery: action %i, supporter %i', async (event, action, person) => {
    const contact = aContact(await fixture.place());
    await fixture.act(contact);
    await tell(contact, event);
    expect(await stateOf(contact)).toMatchObject({ action, supporter: person, email: emailStatus[event] });
  });

  it('an unsubscribe from the mail about a repeat rejects nothing either', async () => {
    const place = await fixture.place();
    const ref = newRef();
    const repeat = aContact(place, { ref });
    await fixture.act(aContact(place, { ref }));
    await fixture.act(repeat);
    await tell(repeat, 'unsub');
    expect(await stateOf(repeat)).toMatchObject({ action: status.repeat, supporter: supporter.accepted });
  });

  it('tells each org with a record once, when the status changes', async () => {
    const lead = await fixture.place({ customEventDeliver: true, customActionDeliver: false });
    const partner = await fixture.place({ customEventDeliver: true, customActionDeliver: false }, {}, lead);
    const contact = aContact(partner);
    const [own] = contact.contacts;
    if (!own) throw new Error('no record');
    await fixture.act({ ...contact, contacts: [own, { ...own, orgId: lead.orgId }] });
    const id = await tell(contact, 'bounce');
    await tell(contact, 'bounce');
    for (const place of [partner, lead]) {
      const [event, ...others] = await statusEvents(place);
      expect(others).toEqual([]);
      expect(emailStatusEventV2.parse(event?.body)).toMatchObject({
        actionId: id,
        supporter: { contact: { contactRef: contact.ref }, privacy: { emailStatus: 'bounce' } },
      });
    }
  });

  it('the same command again changes nothing', async () => {
    const place = await fixture.place({ customEventDeliver: true });
    const contact = aContact(place);
    await fixture.act(contact);
    const { id } = await fixture.actionOf(contact);
    const event = anEmailEvent(id, contact.ref, 'spam');
    await fixture.act(event);
    await fixture.send(event, event);
    // Behind them in the same partition.
    await fixture.act(anAction(place, contact.ref));
    expect(await statusEvents(place)).toHaveLength(1);
  });

  it('ignores an action nobody knows, and one of another person', async () => {
    const place = await fixture.place();
    const contact = aContact(place);
    await fixture.act(contact);
    const { id } = await fixture.actionOf(contact);
    await fixture.act(anEmailEvent(id, newRef(), 'bounce'), anEmailEvent(999_999_999, contact.ref, 'bounce'));
    expect(await stateOf(contact)).toMatchObject({ action: status.delivered, email: emailStatus.none });
  });

  it('leaves finished actions of the supporter alone, and rejects what comes later', async () => {
    const place = await fixture.place();
    const contact = aContact(place);
    const [before, after] = [anAction(place, contact.ref), anAction(place, contact.ref)];
    await fixture.act(contact);
    await fixture.act(before);
    await tell(contact, 'bounce');
    await fixture.act(after);
    expect(await fixture.actionOf(before)).toMatchObject({ status: status.delivered });
    expect(await fixture.actionOf(after)).toMatchObject({ status: status.rejected });
  });

  it('hands rank 0 to the next signature, and the counters follow', async () => {
    const place = await fixture.place();
    const ref = newRef();
    const [first, second] = [aContact(place, { ref }), aContact(place, { ref })];
    const mailed = aContact(place);
    await fixture.act(first, mailed);
    await fixture.act(second);
    await tell(first, 'bounce');
    await tell(mailed, 'spam');
    expect(await fixture.actionOf(second)).toMatchObject({ rank: 0, status: status.delivered });
    const { rows } = await fixture.sql.query<{ name: string; n: number }>(recountSql);
    const sums = sumDeltas(await fixture.deltas());
    expect(sums).toEqual(Object.fromEntries(rows.map(({ name, n }) => [name, n])));
    expect(sums).toMatchObject({ [`${place.campaignId} org ${place.orgId}`]: 2 });
  });

  it.each([
    ['a click after the bounce', 'bounce', 1, emailStatus.double_opt_in],
    ['a click before the bounce', 'bounce', -1, emailStatus.bounce],
    ['a click after the complaint', 'spam', 1, emailStatus.spam],
  ] as const)('%s, heard of in either order', async (_name, event, hours, expected) => {
    const place = await fixture.place();
    for (const order of [0, 1]) {
      const contact = aContact(place);
      await fixture.act(contact);
      const { id } = await fixture.actionOf(contact);
      const at = new Date();
      const click = {
        ...aDecision(id, contact.ref, null, true),
        at: new Date(at.getTime() + hours * 3_600_000).toISOString(),
      } as ReturnType<typeof aDecision>;
      const told = [anEmailEvent(id, contact.ref, event, at), click];
      for (const message of order === 0 ? told : told.reverse()) await fixture.act(message);
      expect((await stateOf(contact)).email).toBe(expected);
    }
  });
});
