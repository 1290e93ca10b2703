import { z } from 'zod';
import { commonVariables, daemonDelayOf, instanceOrgName, isTelemetryOn, poolSize } from './common-variables';
import { loadConfig } from './load-config';

const read = (environment: Record<string, string> = {}) => loadConfig(z.object(commonVariables()), environment);

it('listens where LISTEN_IP or HOST says, the former first', () => {
  expect(read().HOST).toBe('127.0.0.1');
  expect(read({ HOST: '10.0.0.1' }).HOST).toBe('10.0.0.1');
  expect(read({ HOST: '10.0.0.1', LISTEN_IP: '0.0.0.0' }).HOST).toBe('0.0.0.0');
});

it.each([
  [{}, 0],
  [{ NODE_ENV: 'production' }, 5_000],
  [{ NODE_ENV: 'production', DAEMON_START_DELAY: '0' }, 0],
  [{ DAEMON_START_DELAY: '250' }, 250],
  [{ START_DAEMON_SERVERS: 'false' }, null],
  [{ START_DAEMON_SERVERS: 'false', NODE_ENV: 'production' }, 5_000],
])('with %j background work waits %j ms', (environment, delay) => {
  expect(daemonDelayOf(read(environment as Record<string, string>))).toBe(delay);
});

it('has telemetry on in production, unless told otherwise', () => {
  const isOn = (environment: Record<string, string>): boolean => isTelemetryOn(read(environment));
  expect([isOn({}), isOn({ NODE_ENV: 'production' })]).toEqual([false, true]);
  expect([isOn({ ENABLE_TELEMETRY: 'true' }), isOn({ NODE_ENV: 'production', ENABLE_TELEMETRY: 'false' })]).toEqual([
    true,
    false,
  ]);
});

it('lets reports hold what says nothing of a person', () => {
  expect(read().REPORT_USER_ERRORS_CLEARTEXT).toEqual(['country', 'documentType', 'actionType']);
});

it('has connections by the name of the reference, else by ours', () => {
  const schema = z.object({ DATABASE_POOL_SIZE: poolSize({ min: 2, max: 20, default: 5 }) });
  const size = (environment: Record<string, string>) => loadConfig(schema, environment).DATABASE_POOL_SIZE;
  expect([size({}), size({ DATABASE_POOL_SIZE: '7' }), size({ DATABASE_POOL_SIZE: '7', POOL_SIZE: '9' })]).toEqual([
    5, 7, 9,
  ]);
});

it('takes ORGANISATION for ORG_NAME outside production only', () => {
  const schema = z.object({ ORG_NAME: instanceOrgName() });
  const name = (environment: Record<string, string>) => loadConfig(schema, environment).ORG_NAME;
  expect([name({}), name({ ORGANISATION: 'green' }), name({ ORGANISATION: 'green', ORG_NAME: 'blue' })]).toEqual([
    'instance',
    'green',
    'blue',
  ]);
  expect(name({ ORGANISATION: 'green', NODE_ENV: 'production' })).toBe('instance');
});
