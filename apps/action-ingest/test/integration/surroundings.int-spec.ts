import { waitFor } from '@groundswell/testing';
import { aContact, anAction, IngestFixture, type Place } from './ingest-fixture';

const delivered = 4;

describe('faults of the surroundings', () => {
  let fixture: IngestFixture;
  let place: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const parked = async (): Promise<number> =>
    (await fixture.sql.query('select count(*)::int as n from actions.parked')).rows[0].n;

  it('a column that the next release adds disturbs nobody', async () => {
    const contact = aContact(place);
    await fixture.act(contact, anAction(place, contact.ref));
    for (const table of ['supporters', 'contacts', 'actions', 'sources']) {
      await fixture.sql.query(`alter table actions.${table} add column added_later int`);
    }
    const share = anAction(place, contact.ref);
    await fixture.act(share);
    expect(await fixture.actionOf(share)).toMatchObject({ status: delivered });
    expect(await parked()).toBe(0);
  });

  it('a right that a broken deploy took away parks nobody, and storing goes on once it is back', async () => {
    await fixture.sql.query('revoke insert on actions.contacts from gs_ingest');
    const contact = aContact(place);
    await fixture.send(contact);
    // Taken and given back: the queue holds it unacked again and again.
    await waitFor(async () => {
      const { rows } = await fixture.sql.query(
        `select count(*)::int as n from pg_stat_activity where application_name = 'action-ingest' and query = 'ROLLBACK'`,
      );
      return rows[0].n > 0;
    });
    expect(await parked()).toBe(0);
    await fixture.sql.query('grant insert on actions.contacts to gs_ingest');
    await fixture.stored(contact);
    expect(await parked()).toBe(0);
  });

  it('stores what JSON says in few bytes and the database in many', async () => {
    const fields = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`n${index}`, 1e300]));
    const contact = aContact(place, { action: { fields } });
    await fixture.act(contact);
    expect(await fixture.actionOf(contact)).toMatchObject({ status: delivered });
  });

  it('stores the longest tracking texts in any script', async () => {
    const text = '署'.repeat(255);
    const source = { source: text, medium: text, campaign: text, content: text, location: text };
    const contact = aContact(place, { source });
    await fixture.act(contact);
    const [first] = await fixture.received(fixture.queues.crm(place.org), 1);
    expect(first).toBeDefined();
    const { rows } = await fixture.sql.query('select count(*)::int as n from actions.sources where source = $1', [
      text,
    ]);
    expect(rows[0].n).toBe(1);
  });
});
