import {
  defaultMailNotAfter,
  mailRetryDelayMs,
  nextMailAttempt,
  targetMailRetryDelayMs,
  type MailAttempt,
} from './mail-retries';

const minute = 60_000;
const hour = 60 * minute;
const first = new Date('2026-11-20T10:00:00Z');
const after = (ms: number): Date => new Date(first.getTime() + ms);
const attempt = (change: Partial<MailAttempt> = {}): MailAttempt => ({
  attempts: 1,
  firstAttemptAt: first,
  now: first,
  notAfter: null,
  ...change,
});

describe('mail retries', () => {
  it.each([
    [1, 1],
    [2, 5],
    [3, 15],
    [4, 60],
    [5, 60],
    [74, 60],
  ])('wait after attempt %d for %d min', (attempts, minutes) => {
    expect(mailRetryDelayMs(attempts)).toBe(minutes * minute);
    expect(nextMailAttempt(attempt({ attempts }))).toEqual({ retryAt: after(minutes * minute) });
  });

  it.each([
    [1, 1],
    [4, 60],
    [75, 60],
    [1_000, 60],
  ])('of mails to targets never end by themselves: after attempt %d, %d min', (attempts, minutes) => {
    expect(targetMailRetryDelayMs(attempts)).toBe(minutes * minute);
  });

  it('end with the last hour that is within 3 days of the first attempt', () => {
    const times = [0];
    for (let next = nextMailAttempt(attempt()); 'retryAt' in next;) {
      times.push(next.retryAt.getTime() - first.getTime());
      next = nextMailAttempt(attempt({ attempts: times.length, now: next.retryAt }));
    }
    expect(times.slice(0, 6).map((ms) => ms / minute)).toEqual([0, 1, 6, 21, 81, 141]);
    expect(times).toHaveLength(75);
    expect(72 * hour - (times.at(-1) ?? 0)).toBeLessThan(hour);
    expect(mailRetryDelayMs(75)).toBeNull();
  });

  it.each<[string, Partial<MailAttempt>, ReturnType<typeof nextMailAttempt>]>([
    ['Retry-After later', { retryAfterMs: 10 * minute }, { retryAt: after(10 * minute) }],
    ['Retry-After sooner', { retryAfterMs: 1_000 }, { retryAt: after(minute) }],
    ['Retry-After just at the end', { retryAfterMs: 72 * hour }, { retryAt: after(72 * hour) }],
    ['Retry-After past the end', { retryAfterMs: 72 * hour + 1 }, { failed: 'retries exhausted' }],
    ['slow attempts past the end', { attempts: 3, now: after(72 * hour) }, { failed: 'retries exhausted' }],
    ['notAfter later', { notAfter: after(2 * minute) }, { retryAt: after(minute) }],
    ['notAfter just then', { notAfter: after(minute) }, { retryAt: after(minute) }],
    ['notAfter sooner', { notAfter: after(minute - 1) }, { failed: 'too late' }],
    ['notAfter before Retry-After', { notAfter: after(hour), retryAfterMs: 2 * hour }, { failed: 'too late' }],
    ['notAfter long past the span', { attempts: 75, notAfter: after(1_000 * hour) }, { failed: 'retries exhausted' }],
  ])('%s', (_case, change, expected) => {
    expect(nextMailAttempt(attempt(change))).toEqual(expected);
  });

  it('without an end of their own end with the span', () => {
    expect(defaultMailNotAfter(first)).toEqual(after(72 * hour));
  });
});
