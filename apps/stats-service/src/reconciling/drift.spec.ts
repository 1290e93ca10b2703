import { statsCounterKinds, type CampaignDeltaV1 } from '@groundswell/contracts';
import type { Figure } from '../figures/figure-sums';
import { driftByField, driftOf, sizeOf, type Comparison } from './drift';

const org = (count: number, id = 7): Figure => ({ campaignId: 1, kind: statsCounterKinds.org, id, name: '', count });
const signatures = (count: number): CampaignDeltaV1 => ({
  campaignId: 1,
  byOrg: { '7': count },
  byArea: {},
  byPage: {},
  actionCount: {},
  pageActionCount: {},
});
const comparison = (changes: Partial<Comparison>): Comparison => ({
  counted: [org(10)],
  given: new Map([[1, 20]]),
  stored: [org(10)],
  applied: new Map([[1, 20]]),
  since: [],
  ...changes,
});

describe('driftOf', () => {
  it.each<[string, Partial<Comparison>, Record<string, number>]>([
    ['equal', {}, {}],
    ['too few kept', { stored: [org(8)] }, { 'o:7': 2 }],
    ['kept, and no more', { counted: [] }, { 'o:7': -10 }],
    ['never kept', { counted: [org(10), org(3, 8)] }, { 'o:8': 3 }],
    ['a zero kept', { stored: [org(10), org(0, 8)] }, {}],
    [
      'deltas on their way while it was counted',
      { stored: [org(7)], applied: new Map([[1, 18]]), since: [at(19, 2), at(20, 1)] },
      {},
    ],
    ['deltas of later than what was counted', { since: [at(21, 5)] }, {}],
    ['deltas of before, heard all the same', { since: [at(20, 5)] }, {}],
    ['a partition without a number', { stored: [], applied: new Map(), since: [at(1, 9)] }, { 'o:7': 1 }],
  ])('%s', (_, changes, expected) => {
    const drift = driftOf(comparison(changes));
    expect(driftByField(drift)).toEqual(expected);
    expect(sizeOf(drift)).toBe(Object.values(expected).reduce((sum, count) => sum + Math.abs(count), 0));
  });
});

function at(number: number, count: number): Comparison['since'][number] {
  return { partition: 1, number, campaign: signatures(count) };
}
