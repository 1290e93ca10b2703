import type { CampaignDeltaV1 } from '@groundswell/contracts';
import { aContact, aDecision, aModeration, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

/** Deltas when the counting action comes in a later batch than the acceptance of its supporter. */
describe('counter deltas of late actions', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const figures = async ({ campaignId }: Place): Promise<Record<string, number>> => {
    const sums: Record<string, number> = {};
    const add = (what: keyof CampaignDeltaV1, counts: Record<string, number>) => {
      for (const [key, count] of Object.entries(counts)) {
        sums[`${what} ${key}`] = (sums[`${what} ${key}`] ?? 0) + count;
      }
    };
    for (const campaign of (await fixture.deltas()).flatMap(({ campaigns }) => campaigns)) {
      if (campaign.campaignId !== campaignId) continue;
      add('byOrg', campaign.byOrg);
      add('byArea', campaign.byArea);
      add('byPage', campaign.byPage);
      add('actionCount', campaign.actionCount);
    }
    return Object.fromEntries(Object.entries(sums).filter(([, count]) => count !== 0));
  };

  it('count a supporter whose only signature was accepted by a moderator', async () => {
    const place = await fixture.place({ customActionConfirm: true });
    const contact = aContact(place);
    await fixture.act(contact);
    expect(await figures(place)).toEqual({});
    const { id } = await fixture.actionOf(contact);
    await fixture.act(aModeration(id, contact.ref, 'accept'));
    const counted = {
      [`byOrg ${place.orgId}`]: 1,
      'byArea PL': 1,
      [`byPage ${place.pageId}`]: 1,
      'actionCount register': 1,
    };
    expect(await figures(place)).toEqual(counted);
    await fixture.act(aModeration(id, contact.ref, 'reject'));
    expect(await figures(place)).toEqual({});
  });

  it('count a supporter whose signature was a test and whose share is none', async () => {
    const place = await fixture.place();
    const contact = aContact(place, { action: { testing: true } });
    await fixture.act(contact);
    expect(await figures(place)).toEqual({});
    await fixture.act(anAction(place, contact.ref));
    expect(await figures(place)).toEqual({
      [`byOrg ${place.orgId}`]: 1,
      'byArea PL': 1,
      [`byPage ${place.pageId}`]: 1,
      'actionCount share': 1,
    });
  });

  it('count the next signature of a person whose first one is rejected, once', async () => {
    const place = await fixture.place();
    const elsewhere = { ...place, pageId: await fixture.page(place.orgId, place.campaignId) };
    const ref = newRef();
    const [first, second] = [aContact(place, { ref }), aContact(elsewhere, { ref })];
    second.supporter.area = 'DE';
    await fixture.act(first);
    await fixture.act(second);
    await fixture.act(aDecision((await fixture.actionOf(first)).id, ref, 'reject'));
    expect(await figures(place)).toEqual({
      [`byOrg ${place.orgId}`]: 1,
      'byArea DE': 1,
      [`byPage ${elsewhere.pageId}`]: 1,
      'actionCount register': 1,
    });
  });
});
