import { HealthRegistry } from '@groundswell/observability';
import { SigningHealth } from './signing-health';

const reportOf = ({ isReady = true, isSystemConfirmed = true, fault = null as string | null, version = 1 }) => {
  const health = new HealthRegistry();
  new SigningHealth({
    publisher: { isReady },
    queues: { isSystemConfirmed },
    database: { fault },
    catalogue: { version },
  }).register(health);
  return health.ready();
};

it.each([
  ['all is well', {}, { ok: true, degraded: [], failed: [] }],
  ['the broker is away', { isReady: false }, { ok: true, degraded: ['broker'], failed: [] }],
  ['the queues are not confirmed', { isSystemConfirmed: false }, { ok: true, degraded: ['broker'], failed: [] }],
  ['the database is away', { fault: 'x' }, { ok: true, degraded: ['spool'], failed: [] }],
  ['both are away', { isReady: false, fault: 'x' }, { ok: false, degraded: ['broker', 'spool'], failed: ['signing'] }],
  ['there is no catalogue', { version: 0 }, { ok: false, degraded: [], failed: ['catalogue'] }],
])('when %s', async (_case, surroundings, expected) => {
  expect(await reportOf(surroundings)).toMatchObject(expected);
});
