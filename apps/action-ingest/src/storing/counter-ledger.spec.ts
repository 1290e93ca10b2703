import { CounterLedger, type PagePlace } from './counter-ledger';

/** Pages 10 and 11 of org 1 and page 12 of org 2 in campaign 100; page 20 of org 1 in campaign 200. */
const places: Record<number, PagePlace> = {
  10: { campaignId: 100, orgId: 1 },
  11: { campaignId: 100, orgId: 1 },
  12: { campaignId: 100, orgId: 2 },
  20: { campaignId: 200, orgId: 1 },
};
const partition = 7;
const nothing = { byOrg: {}, byArea: {}, byPage: {}, actionCount: {}, pageActionCount: {} };

/** A ledger for people called by their ref, with what the database holds of them. */
const aLedger = () => {
  const ledger = new CounterLedger((pageId) => places[pageId] ?? { campaignId: 0, orgId: 0 });
  return {
    seed: (ref: string, supporterId: number, counted: boolean, area: string | null, actions: [number, number][]) =>
      ledger.seed(ref, partition, supporterId, counted, area, actions),
    count: (ref: string, supporterId: number, area: string | null, counted = true) =>
      ledger.setCounted(ref, partition, supporterId, area, counted),
    act: (ref: string | null, supporterId: number | null, pageId: number, by: 1 | -1 = 1, actionType = 'register') =>
      ledger.addAction({ ref, partition, supporterId, area: 'PL', pageId, actionType }, by),
    move: (from: string, to: string, supporterId: number) => ledger.move(from, to, partition, supporterId),
    delta: () => ledger.results().get(partition) ?? [],
  };
};

describe('the counter ledger', () => {
  it('says nothing when nothing changed', () => {
    const { seed, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    seed('bob', 2, false, 'DE', [[10, 3]]);
    expect(delta()).toEqual([]);
  });

  it('counts a first signature for campaign, org, area, page and type', () => {
    const { count, act, delta } = aLedger();
    count('ann', 1, 'PL');
    act('ann', 1, 10);
    expect(delta()).toEqual([
      {
        campaignId: 100,
        byOrg: { 1: 1 },
        byArea: { PL: 1 },
        byPage: { 10: 1 },
        actionCount: { register: 1 },
        pageActionCount: { 10: { register: 1 } },
      },
    ]);
  });

  it('changes nothing when a person gets another reference', () => {
    const { seed, move, delta } = aLedger();
    seed('ann', 1, true, 'PL', [
      [10, 2],
      [20, 1],
    ]);
    move('ann', 'anna', 1);
    expect(delta()).toEqual([]);
  });

  it('counts two who are one person from now on once', () => {
    const { seed, move, count, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    seed('anna', 2, true, 'DE', [[12, 1]]);
    move('ann', 'anna', 1);
    count('anna', 2, 'DE', false);
    expect(delta()).toEqual([
      { ...nothing, campaignId: 100, byOrg: { 2: -1 }, byArea: { DE: -1 }, byPage: { 12: -1 } },
    ]);
  });

  it('counts a person once however many actions it makes, and each action', () => {
    const { seed, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    act('ann', 1, 10, 1, 'share');
    act('ann', 1, 10, 1, 'share');
    expect(delta()).toEqual([
      { ...nothing, campaignId: 100, actionCount: { share: 2 }, pageActionCount: { 10: { share: 2 } } },
    ]);
  });

  it('counts a person on two pages of an org once for the org and once for each page', () => {
    const { count, act, delta } = aLedger();
    count('ann', 1, 'PL');
    act('ann', 1, 10);
    act('ann', 1, 11);
    expect(delta()).toMatchObject([{ byOrg: { 1: 1 }, byPage: { 10: 1, 11: 1 }, byArea: { PL: 1 } }]);
  });

  it('counts a person with two orgs in one campaign once for each org', () => {
    const { seed, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    act('ann', 1, 12);
    expect(delta()).toMatchObject([{ byOrg: { 2: 1 }, byPage: { 12: 1 }, byArea: {} }]);
  });

  it('counts an action in another campaign there, with the area', () => {
    const { seed, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    act('ann', 1, 20, 1, 'share');
    expect(delta()).toEqual([
      {
        campaignId: 200,
        byOrg: { 1: 1 },
        byArea: { PL: 1 },
        byPage: { 20: 1 },
        actionCount: { share: 1 },
        pageActionCount: { 20: { share: 1 } },
      },
    ]);
  });

  it('counts actions of a duplicate, not the duplicate', () => {
    const { seed, count, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    count('ann', 2, 'DE', false);
    act('ann', 2, 11);
    expect(delta()).toEqual([
      { ...nothing, campaignId: 100, actionCount: { register: 1 }, pageActionCount: { 11: { register: 1 } } },
    ]);
  });

  it('counts an action of nobody as an action', () => {
    const { act, delta } = aLedger();
    act(null, null, 10);
    expect(delta()).toMatchObject([{ byOrg: {}, actionCount: { register: 1 } }]);
  });

  it.each([
    ['by its highest id', 1, 2, { PL: -1, DE: 1 }],
    ['whatever came first', 2, 1, {}],
  ])('takes the area of the latest counted supporter of a person, %s', (_what, before, after, byArea) => {
    const { seed, count, act, delta } = aLedger();
    seed('ann', before, true, 'PL', [[10, 1]]);
    // As after a change of campaign of its page: the one case of two counted supporters of a person in one campaign.
    count('ann', after, 'DE');
    act('ann', after, 12);
    expect(delta()).toMatchObject([{ byArea, byOrg: { 2: 1 } }]);
  });

  it('leaves an unknown area out', () => {
    const { count, act, delta } = aLedger();
    count('ann', 1, null);
    act('ann', 1, 10);
    expect(delta()).toMatchObject([{ byArea: {}, byOrg: { 1: 1 } }]);
  });

  it('takes back a rejected supporter with its actions', () => {
    const { seed, count, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    count('ann', 1, 'PL', false);
    act('ann', 1, 10, -1);
    expect(delta()).toEqual([
      {
        campaignId: 100,
        byOrg: { 1: -1 },
        byArea: { PL: -1 },
        byPage: { 10: -1 },
        actionCount: { register: -1 },
        pageActionCount: { 10: { register: -1 } },
      },
    ]);
  });

  it('moves a person to the page and area of the supporter promoted in place of a rejected one', () => {
    const { seed, count, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    seed('ann', 2, false, 'DE', [[11, 1]]);
    count('ann', 1, 'PL', false);
    act('ann', 1, 10, -1);
    count('ann', 2, 'DE');
    expect(delta()).toMatchObject([
      { byOrg: {}, byArea: { PL: -1, DE: 1 }, byPage: { 10: -1, 11: 1 }, actionCount: { register: -1 } },
    ]);
  });

  it('leaves the count as it is when one on the same page is promoted', () => {
    const { seed, count, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    count('ann', 1, 'PL', false);
    act('ann', 1, 10, -1);
    count('ann', 2, 'PL');
    act('ann', 2, 10);
    expect(delta()).toEqual([]);
  });

  it('counts a known supporter from the action on that counts first', () => {
    const { seed, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', []);
    act('ann', 1, 10, 1, 'share');
    expect(delta()).toMatchObject([{ byOrg: { 1: 1 }, byArea: { PL: 1 }, byPage: { 10: 1 } }]);
  });

  it('takes back a person whose last counting action is rejected, while the supporter stays', () => {
    const { seed, act, delta } = aLedger();
    seed('ann', 1, true, 'PL', [[10, 1]]);
    act('ann', 1, 10, -1);
    expect(delta()).toMatchObject([{ byOrg: { 1: -1 }, byArea: { PL: -1 }, byPage: { 10: -1 } }]);
  });

  it('keeps people apart, and partitions', () => {
    const ledger = new CounterLedger(() => ({ campaignId: 100, orgId: 1 }));
    for (const [ref, at] of [
      ['ann', 1],
      ['bob', 1],
      ['cleo', 9],
    ] as const) {
      ledger.setCounted(ref, at, ref.length, 'PL', true);
      ledger.addAction(
        { ref, partition: at, supporterId: ref.length, area: 'PL', pageId: 10, actionType: 'register' },
        1,
      );
    }
    const results = ledger.results();
    expect([...results.keys()].sort()).toEqual([1, 9]);
    expect(results.get(1)).toMatchObject([{ byOrg: { 1: 2 } }]);
    expect(results.get(9)).toMatchObject([{ byOrg: { 1: 1 } }]);
  });
});
