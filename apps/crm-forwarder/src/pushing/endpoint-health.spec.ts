import { healthAfter, untried, verdictOf, type EndpointHealth, type Verdict } from './endpoint-health';
import type { PushResult } from './push-backend';

const firstMs = 5_000;
const hours = 3_600_000;
const settings = { firstMs, disableAfterMs: 120 * hours, random: () => 0.5 };
const start = new Date('2026-01-01T00:00:00Z');
const at = (ms: number): Date => new Date(+start + ms);

type Failing = Extract<Verdict, { kind: 'failing' }>;
const failing = (change: Partial<Failing> = {}): Failing => ({
  kind: 'failing',
  error: 'HTTP 500',
  isOfEndpoint: false,
  retryAfterMs: 0,
  ...change,
});
const ofEndpoint = failing({ isOfEndpoint: true, error: 'refused' });

const after = (
  before: EndpointHealth,
  verdict: Exclude<Verdict, { kind: 'delivered' }>,
  ms: number,
  isProbe = false,
): EndpointHealth => healthAfter(before, verdict, { isProbe, now: at(ms), settings });

const restMs = ({ restsUntil }: EndpointHealth, from: number): number | null => restsUntil && +restsUntil - +at(from);

describe('verdictOf', () => {
  const retry = (change: object = {}): PushResult => ({ outcome: 'retry', error: 'e', ...change });
  it.each<[string, PushResult[], Verdict]>([
    ['one of several delivered', [retry(), { outcome: 'delivered' }], { kind: 'delivered' }],
    ['only refused messages', [{ outcome: 'failed', error: 'x' }], { kind: 'answered' }],
    ['gone', [{ outcome: 'delivered' }, { outcome: 'gone', error: 'HTTP 410' }], { kind: 'gone', error: 'HTTP 410' }],
    ['a retry', [retry(), { outcome: 'failed', error: 'x' }], { ...failing(), error: 'e' }],
    [
      'the plainest retry',
      [retry(), retry({ error: 'f', ofEndpoint: true, retryAfterMs: 9 })],
      { kind: 'failing', error: 'f', isOfEndpoint: true, retryAfterMs: 9 },
    ],
  ])('%s', (_, results, verdict) => {
    expect(verdictOf(results)).toEqual(verdict);
  });
});

describe('healthAfter', () => {
  it('four failures of messages cause no rest, the fifth does', () => {
    let health = untried;
    for (let failed = 1; failed <= 4; failed += 1) {
      health = after(health, failing(), failed);
      expect(health).toMatchObject({ failuresInRow: failed, restsUntil: null, failingSince: at(1) });
    }
    health = after(health, failing(), 5);
    expect(restMs(health, 5)).toBe(firstMs);
  });

  it('a fault of the endpoint makes it rest at once, and twice as long after each probe, to 15 minutes', () => {
    let health = after(untried, ofEndpoint, 0);
    const rests = [restMs(health, 0)];
    for (let probe = 1; probe <= 9; probe += 1) {
      health = after(health, failing(), probe, true);
      rests.push(restMs(health, probe));
    }
    expect(rests.map((ms) => (ms ?? 0) / 1_000)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  });

  it('calls that fail together cause one rest', () => {
    const first = after(untried, ofEndpoint, 0);
    const second = after(first, ofEndpoint, 100);
    expect(second).toMatchObject({ failuresInRow: 2, restsInRow: 1, restsUntil: first.restsUntil });
  });

  it.each([
    ['a minute', 60_000, 60_000],
    ['two days', 48 * hours, 24 * hours],
  ])('rests as long as it asks for: %s', (_, retryAfterMs, ms) => {
    expect(restMs(after(untried, failing({ isOfEndpoint: true, retryAfterMs }), 0), 0)).toBe(ms);
  });

  it('an answer that blames the message ends the rest, not the span of failing', () => {
    const health = after(after(untried, ofEndpoint, 0), { kind: 'answered' }, 10);
    expect(health).toMatchObject({ failuresInRow: 0, restsInRow: 0, restsUntil: null, failingSince: at(0) });
  });

  it('410 disables at once, and the first reason stays', () => {
    const health = after(untried, { kind: 'gone', error: 'HTTP 410' }, 0);
    expect(health).toMatchObject({ disabledAt: at(0), disabledReason: 'HTTP 410' });
    expect(after(health, { kind: 'gone', error: 'again' }, 5)).toMatchObject({
      disabledAt: at(0),
      disabledReason: 'HTTP 410',
    });
  });

  it('is disabled once it failed for five days on end', () => {
    let health = untried;
    for (let hour = 0; hour < 120; hour += 20) health = after(health, ofEndpoint, hour * hours, true);
    expect(health.disabledAt).toBeNull();
    health = after(health, ofEndpoint, 120 * hours, true);
    expect(health).toMatchObject({
      disabledAt: at(120 * hours),
      disabledReason: `no success since ${start.toISOString()}`,
    });
  });

  it('two failures with days of silence between them are no span', () => {
    const health = after(after(untried, failing(), 0), failing(), 130 * hours);
    expect(health).toMatchObject({ disabledAt: null, failingSince: at(130 * hours) });
  });
});
