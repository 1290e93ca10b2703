import { readFileSync } from 'node:fs';
import { UsageError } from '../runs/run-client';
import { allChecks } from './all-checks';
import { chosenChecks, parseDoctorCommand } from './doctor-command';
import { findSources, serviceAddresses } from './find-sources';

it('has a section of docs/doctor.md for each check, in its order, and none for others', () => {
  const page = readFileSync('docs/doctor.md', 'utf8');
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(allChecks({ instanceOrgName: 'instance' }).map(({ id }) => id));
});

it('understands its options', () => {
  const { settings, ...command } = parseDoctorCommand([
    '--json',
    '--cluster',
    '--only',
    'redis, clocks',
    '--actions',
    'all',
    '--settle',
    '0.5',
    '--parked-after',
    '5',
  ]);
  expect(command).toEqual({ only: ['redis', 'clocks'], skip: [], isJson: true, isStrict: false, isList: false });
  expect(settings).toEqual({
    ...{ settleMs: 500, parkedAfterMs: 300_000, unreadAfterMs: 86_400_000, newestActions: Infinity },
    ...{ campaigns: 50, isCluster: true },
  });
});

it.each([['--settle', 'soon'], ['--actions', '0'], ['--actions', '-1'], ['--campaigns', 'some'], ['--nonsense']])(
  'refuses %s %s',
  (...args) => {
    expect(() => parseDoctorCommand(args)).toThrow();
  },
);

it('runs the checks that are asked for, in their own order, and knows no others', () => {
  const checks = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  expect(chosenChecks(checks, { only: ['c', 'a'], skip: [] })).toEqual([{ id: 'a' }, { id: 'c' }]);
  expect(chosenChecks(checks, { only: null, skip: ['b'] })).toEqual([{ id: 'a' }, { id: 'c' }]);
  expect(() => chosenChecks(checks, { only: null, skip: ['d'] })).toThrow(new UsageError('no check "d": a, b, c'));
});

it('reads where services are, one entry per replica', () => {
  expect(serviceAddresses(' api-gateway=http://a:4000, api-gateway=http://b:4000,')).toEqual([
    { name: 'api-gateway', url: 'http://a:4000' },
    { name: 'api-gateway', url: 'http://b:4000' },
  ]);
  expect(() => serviceAddresses('gateway=http://a')).toThrow(/"gateway=http:\/\/a" does not begin with a service/);
  expect(() => serviceAddresses('mtt-service=a:4100')).toThrow(/mtt-service needs a URL/);
});

it('never looks at parts of two deployments', () => {
  const found = findSources({ REDIS_URL: 'redis://r', ENVELOPE_KEY: 'k', GROUNDSWELL_LOCAL: '/nowhere' });
  expect(found).toMatchObject({ redisUrl: 'redis://r', databaseUrl: undefined, services: [] });
  expect(() => findSources({ GROUNDSWELL_LOCAL: '/nowhere' })).toThrow(UsageError);
});
