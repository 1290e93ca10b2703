import { waitFor } from '@groundswell/testing';
import { aContact, IngestFixture, type Place } from './ingest-fixture';

describe('an erasure', () => {
  let fixture: IngestFixture;
  let place: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const erase = (ref: string) =>
    fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [
      place.orgId,
      Buffer.from(ref, 'base64url'),
    ]);
  const past = () => new Date(Date.now() - 60_000).toISOString();

  it('keeps what was accepted before it from being stored for that org, and the signature counts', async () => {
    const contact = aContact(place, { acceptedAt: past() });
    await erase(contact.ref);
    await fixture.act(contact);
    const { rows } = await fixture.sql.query(
      `select s.email, s.first_name, s.processing_status, s.dupe_rank,
              (select count(*)::int from actions.contacts c where c.supporter_id = s.id) as contacts
         from actions.supporters s where s.fingerprint = $1`,
      [Buffer.from(contact.ref, 'base64url')],
    );
    expect(rows).toEqual([{ email: null, first_name: null, processing_status: 3, dupe_rank: 0, contacts: 0 }]);
  });

  it('does not touch what is accepted after it', async () => {
    const contact = aContact(place);
    await fixture.sql.query('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, $3)', [
      place.orgId,
      Buffer.from(contact.ref, 'base64url'),
      past(),
    ]);
    await fixture.act(contact);
    expect(await fixture.received(fixture.queues.crm(place.org), 1)).toHaveLength(1);
  });

  it('keeps a message that still waits in the outbox from being published', async () => {
    await fixture.sql.query(`update topology.queue_sets set is_full = true where scope = $1`, [`org:${place.orgId}`]);
    const closed = aContact(place, { acceptedAt: past() });
    await waitFor(async () => {
      const probe = aContact(place, { acceptedAt: past() });
      await fixture.act(probe);
      const { rows } = await fixture.sql.query(
        'select count(*)::int as n from actions.outbox where lane = $1 and claimed_until is null',
        [place.orgId],
      );
      return rows[0].n > 0;
    });
    await fixture.act(closed);
    await erase(closed.ref);
    await fixture.sql.query(`update topology.queue_sets set is_full = false where scope = $1`, [`org:${place.orgId}`]);
    const outcome = await waitFor(async () => {
      const { id } = await fixture.actionOf(closed);
      const { rows } = await fixture.sql.query('select outcome from actions.outbox_sent where message_id = $1', [
        `action:${id}:deliver:${place.orgId}`,
      ]);
      return rows[0]?.outcome as string | undefined;
    });
    expect(outcome).toBe('erased');
  });

  it('mails nobody for a double click', async () => {
    const first = aContact(place);
    const second = aContact(place, { ref: first.ref });
    await fixture.act(first, second);
    const messages = await waitFor(async () => {
      const received = await fixture.received(fixture.queues.crm(place.org), 1);
      seen.push(...received.filter(({ body }) => body['contact'].contactRef === first.ref));
      return seen.length === 2 && seen;
    });
    expect(messages.map(({ headers }) => headers['no_mail'] ?? false).sort()).toEqual([false, true]);
  });
  const seen: Awaited<ReturnType<IngestFixture['received']>> = [];
});
