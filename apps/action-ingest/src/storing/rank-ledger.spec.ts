import type { SupporterState } from './batch-state';
import { RankLedger } from './rank-ledger';

const aSupporter = (change: Partial<SupporterState> = {}): SupporterState =>
  ({ campaignId: 1, ref: 'person', pageId: 10, status: 'new', ...change }) as SupporterState;

describe('the rank ledger', () => {
  it('knows nobody at first', () => {
    const ranks = new RankLedger();
    expect(ranks.acceptedOthers(aSupporter())).toBe(0);
    expect(ranks.hasOtherOnPage(aSupporter())).toBe(false);
  });

  it('counts what the database held, over all pages of the campaign', () => {
    const ranks = new RankLedger();
    ranks.seed(1, 'person', 10, 2);
    ranks.seed(1, 'person', 11, 1);
    ranks.seed(1, 'person', 12, 0);
    expect(ranks.acceptedOthers(aSupporter())).toBe(3);
    expect(ranks.hasOtherOnPage(aSupporter({ pageId: 11 }))).toBe(true);
    expect(ranks.hasOtherOnPage(aSupporter({ pageId: 12 }))).toBe(false);
  });

  it.each([
    ['another person', { ref: 'somebody else' }],
    ['another campaign', { campaignId: 2 }],
  ])('counts nothing of %s', (_what, change) => {
    const ranks = new RankLedger();
    ranks.seed(1, 'person', 10, 2);
    expect(ranks.acceptedOthers(aSupporter(change))).toBe(0);
    expect(ranks.hasOtherOnPage(aSupporter(change))).toBe(false);
  });

  it('leaves out the supporter itself once it is accepted', () => {
    const ranks = new RankLedger();
    const first = aSupporter();
    expect(ranks.acceptedOthers(first)).toBe(0);
    first.status = 'accepted';
    ranks.accept(first);
    expect(ranks.acceptedOthers(first)).toBe(0);
    expect(ranks.hasOtherOnPage(first)).toBe(false);
    expect(ranks.acceptedOthers(aSupporter())).toBe(1);
    expect(ranks.hasOtherOnPage(aSupporter())).toBe(true);
  });

  it('numbers those accepted one after the other', () => {
    const ranks = new RankLedger();
    const given = [10, 11, 10].map((pageId) => {
      const supporter = aSupporter({ pageId });
      const rank = ranks.acceptedOthers(supporter);
      supporter.status = 'accepted';
      ranks.accept(supporter);
      return [rank, ranks.hasOtherOnPage(supporter)];
    });
    expect(given).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ]);
  });

  it('takes back one that is withdrawn', () => {
    const ranks = new RankLedger();
    ranks.seed(1, 'person', 10, 1);
    const rejected = aSupporter({ status: 'rejected' });
    ranks.withdraw(rejected);
    expect(ranks.acceptedOthers(aSupporter())).toBe(0);
    expect(ranks.hasOtherOnPage(aSupporter())).toBe(false);
  });
});
