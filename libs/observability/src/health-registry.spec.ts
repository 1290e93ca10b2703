import { HealthRegistry } from './health-registry';
import type { CheckResult } from './health-registry';

const up = (): CheckResult => ({ state: 'up' });
const down = (): CheckResult => ({ state: 'down', detail: 'gone' });

it.each([
  ['all up', up, up, { ok: true, degraded: [], failed: [] }],
  ['what it can live without is down', up, down, { ok: true, degraded: ['extra'], failed: [] }],
  ['what it needs is down', down, up, { ok: false, degraded: [], failed: ['needed'] }],
  ['both are down', down, down, { ok: false, degraded: ['extra'], failed: ['needed'] }],
  [
    'what it needs is degraded',
    () => ({ state: 'degraded' as const }),
    up,
    { ok: true, degraded: ['needed'], failed: [] },
  ],
])('reports when %s', async (_, needed, extra, report) => {
  const health = new HealthRegistry();
  health.register('needed', needed, { critical: true });
  health.register('extra', extra, { critical: false });
  expect(await health.ready()).toMatchObject(report);
});

it('is ready with no checks at all', async () => {
  expect(await new HealthRegistry().ready()).toEqual({ ok: true, degraded: [], failed: [], results: {} });
});

it('counts a throwing check as down, with its message', async () => {
  const health = new HealthRegistry();
  health.register('database', () => Promise.reject(new Error('refused')), { critical: true });
  expect((await health.ready()).results).toEqual({ database: { state: 'down', detail: 'refused' } });
});

it('does not wait for a hanging check, starts it no second time, and gives it up after ten timeouts', async () => {
  let runs = 0;
  let now = 0;
  const health = new HealthRegistry({ timeoutMs: 5, keepMs: 0, now: () => now });
  const hangAtFirst = (): CheckResult | Promise<CheckResult> => {
    runs += 1;
    return runs === 1 ? new Promise<CheckResult>(() => {}) : up();
  };
  health.register('slow', hangAtFirst, { critical: true });
  expect((await health.ready()).results.slow).toEqual({ state: 'down', detail: 'no answer within 5 ms' });
  now = 49;
  expect((await health.ready()).ok).toBe(false);
  expect(runs).toBe(1);
  now = 50;
  expect((await health.ready()).ok).toBe(true);
});

it('asks once for many probes within the time it keeps a result', async () => {
  let runs = 0;
  let now = 0;
  const health = new HealthRegistry({ now: () => now });
  const counted = () => {
    runs += 1;
    return up();
  };
  health.register('database', counted, { critical: true });
  await Promise.all([health.ready(), health.ready()]);
  now = 499;
  await health.ready();
  expect(runs).toBe(1);
  now = 500;
  await health.ready();
  expect(runs).toBe(2);
});

it('tells of each change once', async () => {
  const changes: string[] = [];
  let state: CheckResult = { state: 'up' };
  const health = new HealthRegistry({
    keepMs: 0,
    onChange: (name, result, before) => changes.push(`${name} ${before} ${result.state}`),
  });
  health.register('broker', () => state, { critical: false });
  for (const next of ['up', 'down', 'down', 'up'] as const) {
    state = { state: next };
    await health.ready();
  }
  expect(changes).toEqual(['broker up down', 'broker down up']);
});

it('takes a name once, until it is given back', () => {
  const health = new HealthRegistry();
  health.register('broker', up, { critical: true });
  expect(() => health.register('broker', up, { critical: true })).toThrow(/exists already/);
  health.unregister('broker');
  expect(() => health.register('broker', up, { critical: true })).not.toThrow();
});
