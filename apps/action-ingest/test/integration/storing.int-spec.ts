import { randomBytes, randomUUID } from 'node:crypto';
import { actionMessageV2 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { aContact, aLink, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

const status = { new: 0, confirming: 1, rejected: 2, accepted: 3, delivered: 4, repeat: 5 };
const aCarriedRef = () => randomBytes(16).toString('base64url');

describe('storing a batch', () => {
  let fixture: IngestFixture;
  let place: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
    // The job that joins what a crash left apart would hide what the batches themselves do.
    await fixture.start({ PROCESS_OLD_INTERVAL: '3600000' });
  });
  afterAll(() => fixture.close());

  it('stores a signature and delivers it to the queue of its org', async () => {
    const contact = aContact(place, { action: { fields: { comment: 'hi' } } });
    await fixture.act(contact);
    const [message] = await fixture.received(fixture.queues.crm(place.org), 1);
    const action = await fixture.actionOf(contact);
    expect(actionMessageV2.parse(message?.body)).toMatchObject({
      schema: 'proca:action:2',
      stage: 'deliver',
      actionId: action.id,
      orgId: place.orgId,
      action: { actionType: 'register', customFields: { comment: 'hi' }, testing: false },
      contact: {
        firstName: 'Harald',
        email: 'harald@example.org',
        contactRef: contact.ref,
        dupeRank: 0,
        postcode: '02-123',
      },
      personalInfo: null,
      privacy: { optIn: true, withConsent: true, emailStatus: null },
      tracking: contact.source,
    });
    expect(message).toMatchObject({ messageId: `action:${action.id}:deliver:${place.orgId}`, contentType: undefined });
    expect(action).toMatchObject({ status: status.delivered, supporterStatus: 3, rank: 0 });
  });

  it('takes a submission in once however often it comes', async () => {
    const contact = aContact(place);
    await fixture.send(contact, contact);
    await fixture.act(contact);
    const marker = aContact(place);
    await fixture.act(marker);
    const { rows } = await fixture.sql.query(
      'select count(*)::int as n from actions.supporters where fingerprint = $1',
      [Buffer.from(contact.ref, 'base64url')],
    );
    expect(rows[0].n).toBe(1);
  });

  it('clears what only the message needed', async () => {
    const contact = aContact(place);
    await fixture.act(contact);
    const { rows } = await fixture.sql.query(
      'select email, first_name, area from actions.supporters where fingerprint = $1',
      [Buffer.from(contact.ref, 'base64url')],
    );
    expect(rows).toEqual([{ email: null, first_name: 'Harald', area: 'PL' }]);
  });

  it('makes a repeat of a second signature on the same page, and ranks one on another page', async () => {
    const first = aContact(place);
    const again = aContact(place, { ref: first.ref });
    const elsewhere = aContact(
      { ...place, pageId: await fixture.page(place.orgId, place.campaignId) },
      { ref: first.ref },
    );
    await fixture.act(first);
    await fixture.act(again);
    await fixture.act(elsewhere);
    expect(await fixture.actionOf(first)).toMatchObject({ status: status.delivered, rank: 0 });
    expect(await fixture.actionOf(again)).toMatchObject({ status: status.repeat, rank: 1 });
    expect(await fixture.actionOf(elsewhere)).toMatchObject({ status: status.delivered, rank: 2 });
  });

  it.each([
    ['share first', true],
    ['contact first', false],
  ])('Fix: links a share under a carried reference, %s', async (_, shareFirst) => {
    const carriedRef = aCarriedRef();
    const share = anAction(place, carriedRef);
    const contact = aContact(place, { carriedRef });
    await fixture.act(...(shareFirst ? [share] : [contact]));
    await fixture.act(...(shareFirst ? [contact] : [share]));
    await waitFor(async () => (await fixture.actionOf(share)).status === status.delivered);
    expect((await fixture.actionOf(share)).supporterId).toBe((await fixture.actionOf(contact)).supporterId);
  });

  it('links shares and contacts that cross, at once and without waiting for the job', async () => {
    const pairs = Array.from({ length: 200 }, () => {
      const carriedRef = aCarriedRef();
      return { share: anAction(place, carriedRef), contact: aContact(place, { carriedRef }) };
    });
    const messages = pairs.flatMap(({ share, contact }, index) => (index % 2 ? [share, contact] : [contact, share]));
    await fixture.act(...messages);
    await waitFor(async () => {
      const { rows } = await fixture.sql.query(
        `select count(*)::int as n from actions.actions a join actions.submissions u on u.action_id = a.id
          where u.id = any($1) and a.processing_status = 4`,
        [pairs.map(({ share }) => share.id)],
      );
      return rows[0].n === pairs.length;
    });
  });

  it.each([
    ['a known supporter', true],
    ['a supporter to come', false],
  ])('Fix: links a share given with the contactRef of %s', async (_, isKnown) => {
    const contact = aContact(place);
    const share = anAction(place, contact.ref);
    for (const message of isKnown ? [contact, share] : [share, contact]) await fixture.act(message);
    expect(await fixture.actionOf(share)).toMatchObject({ status: status.delivered, rank: 0 });
  });

  const mailsOf = async (actionId: number) => {
    const { rows } = await fixture.sql.query<{ contentId: string; target: string }>(
      `select m.message_content_id as "contentId", m.target_id as target, c.subject, c.body, m.files
         from actions.messages m join actions.message_contents c on c.id = m.message_content_id
        where m.action_id = $1 order by m.target_id`,
      [actionId],
    );
    return rows;
  };

  it.each([
    ['under its contactRef', false],
    ['under a carried reference', true],
  ])(
    'Fix: mails to targets wait with an unlinked action and are made once the contact is there, %s',
    async (_, carried) => {
      const targets = [randomUUID(), randomUUID()].sort();
      const mtt = { subject: 'Bees', body: 'Dear minister', targetIds: targets, files: ['a.png'] };
      const carriedRef = carried ? aCarriedRef() : null;
      const contact = aContact(place, { carriedRef });
      const action = anAction(place, carriedRef ?? contact.ref, { action: { actionType: 'mail2target', mtt } });
      await fixture.act(action);
      const { id, supporterId } = await fixture.actionOf(action);
      expect(supporterId).toBeNull();
      expect(await mailsOf(id)).toEqual([]);
      await fixture.act(contact);
      await waitFor(async () => (await fixture.actionOf(action)).status === status.delivered);
      await fixture.act(anAction(place, contact.ref), aContact(place, { ref: contact.ref }));
      const mails = await mailsOf(id);
      expect(mails).toMatchObject(
        targets.map((target) => ({ target, subject: 'Bees', body: 'Dear minister', files: ['a.png'] })),
      );
      expect(new Set(mails.map(({ contentId }) => contentId)).size).toBe(1);
      const { rows } = await fixture.sql.query('select mtt from actions.actions where id = $1', [id]);
      expect(rows).toEqual([{ mtt: null }]);
    },
  );

  it.each([
    ['contact, share, link', [0, 1, 2]],
    ['share, link, contact', [1, 2, 0]],
    ['link, contact, share', [2, 0, 1]],
    ['link, share, contact', [2, 1, 0]],
  ])('Fix: links on request and delivers, whatever the order: %s', async (_, order) => {
    const ref = newRef();
    const carried = aCarriedRef();
    const messages = [aContact(place, { ref }), anAction(place, carried), aLink(place, ref, [carried])] as const;
    for (const index of order) await fixture.act(messages[index as 0 | 1 | 2]);
    await waitFor(async () => (await fixture.actionOf(messages[1])).status === status.delivered);
  });

  describe.each(['the carried reference', 'the contactRef', 'a reference to link'])('under %s', (kind) => {
    it.each([
      ['actions first', true],
      ['contact first', false],
    ])('Fix: links no action on a page of another org, %s', async (_, actionsFirst) => {
      const other = await fixture.place();
      const shared = aCarriedRef();
      const contact = aContact(place, { carriedRef: kind === 'the carried reference' ? shared : null });
      const ref = kind === 'the contactRef' ? contact.ref : shared;
      const [own, foreign] = [anAction(place, ref), anAction(other, ref)];
      const linking = kind === 'a reference to link' ? [contact, aLink(place, contact.ref, [ref])] : [contact];
      const actions = [foreign, own];
      for (const message of actionsFirst ? [...actions, ...linking] : [...linking, ...actions]) {
        await fixture.act(message);
      }
      await waitFor(async () => (await fixture.actionOf(own)).status === status.delivered);
      expect(await fixture.actionOf(foreign)).toMatchObject({ supporterId: null, status: status.new });
    });
  });

  it('parks a submission whose page nobody knows, and stores its neighbours', async () => {
    const lost = aContact({ ...place, pageId: 987_654 });
    const neighbour = aContact(place);
    await fixture.send(lost, neighbour);
    await fixture.stored(neighbour);
    const parked = await waitFor(async () => {
      const { rows } = await fixture.sql.query('select reason, details from actions.parked where message_id = $1', [
        lost.id,
      ]);
      return rows[0] as { reason: string; details: unknown } | undefined;
    });
    expect(parked).toMatchObject({ reason: 'not in catalogue', details: { kind: 'action page', id: 987_654 } });
  });
});
