import type { IngestMessageV1 } from '@groundswell/contracts';
import { recountSql, seededRandom, sumDeltas } from '@groundswell/testing';
import { aContact, aDecision, aModeration, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

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
    const { rows } = await fixture.sql.query<{ name: string; n: number }>(recountSql);
    expect(sumDeltas(deltas)).toEqual(Object.fromEntries(rows.map(({ name, n }) => [name, n])));
  };

  it('Fix: a share of a known supporter and a testing action leave the supporter count as it is', async () => {
    const contact = aContact(place);
    await fixture.act(contact);
    await expectExact();
    const supporters = `${place.campaignId} org ${place.orgId}`;
    const shares = `${place.campaignId} type share`;
    expect(sumDeltas(await fixture.deltas())).toMatchObject({ [supporters]: 1 });
    await fixture.act(
      aContact(place, { ref: contact.ref, supporter: { ...contact.supporter, area: 'DE' } }),
      anAction(place, contact.ref),
      anAction(otherCampaign, contact.ref),
      aContact(place, { action: { testing: true } }),
      anAction(place, contact.ref, { action: { testing: true } }),
    );
    await expectExact();
    expect(sumDeltas(await fixture.deltas())).toMatchObject({ [supporters]: 1, [shares]: 1 });
  });

  it('counts a signature once its moderator has accepted it', async () => {
    const moderated = await fixture.place({ customActionConfirm: true });
    const contact = aContact(moderated);
    await fixture.act(contact);
    await expectExact();
    await fixture.act(aModeration((await fixture.actionOf(contact)).id, contact.ref, 'accept'));
    await expectExact();
    expect(sumDeltas(await fixture.deltas())).toMatchObject({ [`${moderated.campaignId} org ${moderated.orgId}`]: 1 });
  });

  it('Fix: testing signatures are no supporters: a share of someone who only tested before counts', async () => {
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
