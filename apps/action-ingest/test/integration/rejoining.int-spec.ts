import { randomBytes } from 'node:crypto';
import { waitFor } from '@groundswell/testing';
import { aContact, IngestFixture, type Place } from './ingest-fixture';

const delivered = 4;

/** Rows as two transactions leave them that crossed: neither saw what the other wrote. */
async function insertUnlinked(fixture: IngestFixture, place: Place, ref: string): Promise<number> {
  const { rows } = await fixture.sql.query<{ id: string }>(
    `insert into actions.actions (ref, action_type, campaign_id, action_page_id) values ($1, 'share', $2, $3) returning id`,
    [Buffer.from(ref), place.campaignId, place.pageId],
  );
  return Number(rows[0]?.id);
}
const insertCarried = (fixture: IngestFixture, orgId: number, ref: string, supporterId: number | null) =>
  fixture.sql.query('insert into actions.supporter_refs (org_id, ref, supporter_id) values ($1, $2, $3)', [
    orgId,
    Buffer.from(ref),
    supporterId,
  ]);
const actionWith = async (fixture: IngestFixture, id: number) => {
  const { rows } = await fixture.sql.query<{ status: number; supporterId: number | null; ref: Buffer | null }>(
    `select processing_status as status, supporter_id::int as "supporterId", ref from actions.actions where id = $1`,
    [id],
  );
  return rows[0];
};
const aRef = () => randomBytes(16).toString('base64url');

describe('rejoining', () => {
  let fixture: IngestFixture;
  let place: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
    await fixture.start({ PROCESS_OLD_INTERVAL: '100' });
  });
  afterAll(() => fixture.close());

  const aSupporter = async (at = place) => {
    const contact = aContact(at);
    await fixture.act(contact);
    const { supporterId } = await fixture.actionOf(contact);
    return { contact, supporterId };
  };

  it('links an action to the contact that carried its reference, and delivers it', async () => {
    const { supporterId, contact } = await aSupporter();
    await fixture.received(fixture.queues.crm(place.org), 1);
    const ref = aRef();
    const id = await insertUnlinked(fixture, place, ref);
    await insertCarried(fixture, place.orgId, ref, supporterId);
    await waitFor(async () => (await actionWith(fixture, id))?.status === delivered);
    expect(await actionWith(fixture, id)).toEqual({ status: delivered, supporterId, ref: null });
    const [message] = await fixture.received(fixture.queues.crm(place.org), 1);
    expect(message).toMatchObject({
      messageId: `action:${id}:deliver:${place.orgId}`,
      body: { action: { actionType: 'share' }, contact: { contactRef: contact.ref } },
    });
  });

  it('links it to the latest of several contacts that carried the reference', async () => {
    const ref = aRef();
    const [earlier, later] = [await aSupporter(), await aSupporter()];
    await insertCarried(fixture, place.orgId, ref, earlier.supporterId);
    await insertCarried(fixture, place.orgId, ref, later.supporterId);
    const id = await insertUnlinked(fixture, place, ref);
    await waitFor(async () => (await actionWith(fixture, id))?.status === delivered);
    expect((await actionWith(fixture, id))?.supporterId).toBe(later.supporterId);
  });

  it('Fix: leaves an action on a page of another org alone', async () => {
    const other = await fixture.place();
    const ref = aRef();
    const { supporterId } = await aSupporter();
    const foreign = await insertUnlinked(fixture, other, ref);
    const own = await insertUnlinked(fixture, place, ref);
    await insertCarried(fixture, place.orgId, ref, supporterId);
    await waitFor(async () => (await actionWith(fixture, own))?.status === delivered);
    expect(await actionWith(fixture, foreign)).toMatchObject({ supporterId: null, status: 0 });
  });
});

describe('rejoining after a long absence', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
  });
  afterAll(() => fixture.close());

  it('finds everything that was left, however much it is', async () => {
    const place = await fixture.place();
    await fixture.sql.query(
      `with made as (
         insert into actions.supporters (campaign_id, action_page_id, fingerprint, processing_status, dupe_rank)
         select $1, $2, sha256(n::text::bytea), 3, 0 from generate_series(1, 1200) n returning id, fingerprint),
       waiting as (
         insert into actions.actions (ref, action_type, campaign_id, action_page_id, inserted_at, updated_at)
         select fingerprint, 'share', $1, $2, now() - interval '1 hour', now() - interval '1 hour' from made)
       insert into actions.supporter_refs (org_id, ref, supporter_id, inserted_at)
       select $3, fingerprint, id, now() - interval '1 hour' from made`,
      [place.campaignId, place.pageId, place.orgId],
    );
    await fixture.start({ PROCESS_OLD_INTERVAL: '100' });
    await waitFor(async () => {
      const { rows } = await fixture.sql.query(
        'select count(*)::int as n from actions.actions where processing_status = $1',
        [delivered],
      );
      return rows[0].n === 1200;
    });
  });
});
