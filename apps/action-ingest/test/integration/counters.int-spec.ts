import type { CounterDeltaV1, IngestMessageV1 } from '@groundswell/contracts';
import { seededRandom } from '@groundswell/testing';
import { aContact, aDecision, aModeration, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

/** Figures by name, zero ones left out. */
type Figures = Record<string, number>;

const sum = (deltas: CounterDeltaV1[]): Figures => {
  const figures: Figures = {};
  const add = (key: string, count: number) => (figures[key] = (figures[key] ?? 0) + count);
  for (const { campaignId, byOrg, byArea, byPage, actionCount, pageActionCount } of deltas.flatMap(
    (d) => d.campaigns,
  )) {
    for (const [org, n] of Object.entries(byOrg)) add(`${campaignId} org ${org}`, n);
    for (const [area, n] of Object.entries(byArea)) add(`${campaignId} area ${area}`, n);
    for (const [page, n] of Object.entries(byPage)) add(`${campaignId} page ${page}`, n);
    for (const [type, n] of Object.entries(actionCount)) add(`${campaignId} type ${type}`, n);
    for (const [page, types] of Object.entries(pageActionCount)) {
      for (const [type, n] of Object.entries(types)) add(`${campaignId} page ${page} type ${type}`, n);
    }
  }
  return Object.fromEntries(Object.entries(figures).filter(([, n]) => n !== 0));
};

/** The definitions of processing.md §9.1, counted anew. */
const recount = `
  with pairs as (
    select distinct s.fingerprint, s.id as supporter_id, s.area, a.campaign_id, a.action_page_id, p.org_id
      from actions.supporters s join actions.actions a on a.supporter_id = s.id
      join catalog.action_pages p on p.id = a.action_page_id
     where s.processing_status = 3 and s.dupe_rank = 0 and a.processing_status in (3, 4) and not a.testing),
  latest as (
    select distinct on (campaign_id, fingerprint) campaign_id, area from pairs
     order by campaign_id, fingerprint, supporter_id desc)
  select campaign_id || ' org ' || org_id as name, count(distinct fingerprint)::int as n from pairs group by campaign_id, org_id
  union all select campaign_id || ' area ' || area, count(*)::int from latest where area is not null group by campaign_id, area
  union all select campaign_id || ' page ' || action_page_id, count(distinct fingerprint)::int from pairs group by campaign_id, action_page_id
  union all select campaign_id || ' type ' || action_type, count(*)::int from actions.actions
             where processing_status in (3, 4) and not testing group by campaign_id, action_type
  union all select campaign_id || ' page ' || action_page_id || ' type ' || action_type, count(*)::int from actions.actions
             where processing_status in (3, 4) and not testing group by campaign_id, action_page_id, action_type`;

describe('counter deltas', () => {
  let fixture: IngestFixture;
  let place: Place;
  let otherPage: Place;
  let partner: Place;
  let otherCampaign: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place({ customSupporterConfirm: true }, { supporterConfirm: false });
    otherPage = { ...place, pageId: await fixture.page(place.orgId, place.campaignId) };
    partner = await fixture.place({}, {}, place);
    const campaignId = await fixture.campaign(place.orgId, { supporterConfirm: true });
    otherCampaign = { ...place, campaignId, pageId: await fixture.page(place.orgId, campaignId) };
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const expectExact = async () => {
    const deltas = await fixture.deltas();
    const { rows } = await fixture.sql.query<{ name: string; n: number }>(recount);
    expect(sum(deltas)).toEqual(Object.fromEntries(rows.map(({ name, n }) => [name, n])));
  };

  it('moves the supporter count for a first signature only', async () => {
    const contact = aContact(place);
    await fixture.act(contact);
    await expectExact();
    await fixture.act(
      aContact(place, { ref: contact.ref, supporter: { ...contact.supporter, area: 'DE' } }),
      anAction(place, contact.ref),
      anAction(otherCampaign, contact.ref),
      aContact(place, { action: { testing: true } }),
    );
    await expectExact();
  });

  it('counts a signature once its moderator has accepted it', async () => {
    const moderated = await fixture.place({ customActionConfirm: true });
    const contact = aContact(moderated);
    await fixture.act(contact);
    await expectExact();
    await fixture.act(aModeration((await fixture.actionOf(contact)).id, contact.ref, 'accept'));
    await expectExact();
    expect(sum(await fixture.deltas())).toMatchObject({ [`${moderated.campaignId} org ${moderated.orgId}`]: 1 });
  });

  it('counts a share of someone who only tested before', async () => {
    const contact = aContact(place, { action: { testing: true } });
    await fixture.act(contact);
    await fixture.act(anAction(place, contact.ref));
    await expectExact();
  });

  it.each([1, 2, 3, 4, 5, 6])('equals a recount after many mixed messages, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const places = [place, otherPage, partner, otherCampaign];
    const refs = Array.from({ length: 25 }, () => newRef());
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const contacts: ReturnType<typeof aContact>[] = [];
    const messages: IngestMessageV1[] = Array.from({ length: 200 }, (_, index) => {
      const at = pick(places);
      if (index % 4 === 0) return anAction(at, pick(refs), { action: { testing: index % 20 === 0 } });
      const contact = aContact(at, { ref: pick(refs), action: { testing: index % 25 === 0 } });
      contact.supporter.area = pick(['PL', 'DE', null]);
      contacts.push(contact);
      return contact;
    });
    await fixture.act(...messages);
    await expectExact();
    for (const contact of contacts.filter((_, index) => index % 3 === 0)) {
      const { id } = await fixture.actionOf(contact);
      await fixture.act(aDecision(id, contact.ref, random() < 0.5 ? 'accept' : 'reject'));
    }
    await expectExact();
  });

  it('numbers the deltas of a partition without a gap', async () => {
    const byPartition = new Map<number, number[]>();
    for (const { partition, number } of await fixture.deltas()) {
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), number]);
    }
    for (const numbers of byPartition.values()) {
      const sorted = [...new Set(numbers)].sort((a, b) => a - b);
      expect(sorted).toEqual(sorted.map((_, index) => index + 1));
    }
  });

  it('publishes facts without personal data', async () => {
    await fixture.deltas();
    const text = JSON.stringify(fixture.factBodies);
    expect(text).toContain('"action.added"');
    expect(text).not.toMatch(/harald|@|payload|firstName/i);
  });
});
