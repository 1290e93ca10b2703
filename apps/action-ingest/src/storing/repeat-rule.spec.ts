import type { ActionState, SupporterState } from './batch-state';
import type { RecentSignature } from './loaded-batch';
import { RepeatRule } from './repeat-rule';

const start = Date.parse('2026-11-20T10:00:00Z');
const minute = 60_000;
const supporter = { ref: 'me' } as SupporterState;
const signature = (atMs: number, change: Partial<ActionState> = {}): ActionState =>
  ({
    pageId: 1,
    actionType: 'register',
    fields: { comment: 'hi' },
    acceptedAt: new Date(start + atMs),
    ...change,
  }) as ActionState;
const earlier = (change: Partial<RecentSignature> = {}): RecentSignature => ({
  ref: 'me',
  pageId: 1,
  actionType: 'register',
  fields: { comment: 'hi' },
  acceptedAt: new Date(start),
  isUnconfirmed: false,
  noMail: false,
  submittedDigest: null,
  ...change,
});

describe('the repeat rule', () => {
  it.each([
    ['equal content a second later', 1_000, {}, true],
    ['equal content after ten minutes', 10 * minute + 1, {}, false],
    ['other fields', 1_000, { fields: { comment: 'ho' } }, false],
    ['another page', 1_000, { pageId: 2 }, false],
    ['another type', 1_000, { actionType: 'donate' }, false],
  ])('%s: unmailed is %s ms later', (_, atMs, change, expected) => {
    expect(new RepeatRule([earlier()]).isUnmailed(supporter, signature(atMs, change))).toBe(expected);
  });

  it('compares with what came in the same batch', () => {
    const rule = new RepeatRule([]);
    expect([0, 10, 20].map((atMs) => rule.isUnmailed(supporter, signature(atMs)))).toEqual([false, true, true]);
  });

  it('sends the confirm mail again while unconfirmed, at most every two minutes', () => {
    const rule = new RepeatRule([earlier({ isUnconfirmed: true })]);
    const mailed = [1, 2, 3, 4, 5].map((minutes) => !rule.isUnmailed(supporter, signature(minutes * minute)));
    expect(mailed).toEqual([false, true, false, true, false]);
  });
});
