import { fault, notice, type Check, type DoctorSettings, type Finding } from './check';
import { examine } from './examination';
import { exitCodeOf, reportText } from './report';
import { SourceMissingError } from './sources/source-missing.error';
import { Sources } from './sources/sources';

const settings: DoctorSettings = {
  ...{ settleMs: 1, parkedAfterMs: 0, unreadAfterMs: 0, newestActions: 1, campaigns: 1 },
  isCluster: false,
};

/** Finds at each look what it is told to; throws what is an error. */
const aCheck = (id: string, settles: boolean, ...looks: (Finding[] | Error)[]): Check => ({
  ...{ id, title: `${id} is well`, settles },
  look: () => {
    const next = looks.shift();
    if (!next) throw new Error('looked at too often');
    return next instanceof Error ? Promise.reject(next) : Promise.resolve({ findings: next });
  },
});

const examined = async (...checks: Check[]) =>
  (await examine(checks, new Sources({}), settings)).map(({ state, findings }) => [
    state,
    findings.map(({ says }) => says),
  ]);

it('tells what it finds at once, where nothing heals by itself', async () => {
  const checks = [
    aCheck('a', false, [fault('x', 'broken')]),
    aCheck('b', false, [notice('y', 'odd')]),
    aCheck('c', false, []),
  ];
  expect(await examined(...checks)).toEqual([
    ['faults', ['broken']],
    ['notices', ['odd']],
    ['well', []],
  ]);
});

it('looks twice at what may heal, and tells what both looks found as the second says it', async () => {
  const first = [fault('x', '5 wait'), fault('y', 'is away')];
  expect(await examined(aCheck('a', true, first, [fault('x', '9 wait'), fault('z', 'is new')]))).toEqual([
    ['faults', ['9 wait']],
  ]);
  expect(await examined(aCheck('a', true, first, []))).toEqual([['well', []]]);
  expect(await examined(aCheck('a', true, []))).toEqual([['well', []]]);
});

it('proves nothing where the second look could not be taken', async () => {
  expect(await examined(aCheck('a', true, [fault('x', '5 wait')], new Error('away')))).toEqual([['failed', []]]);
});

it('skips what it was not told of, and fails where it could not look', async () => {
  const reports = await examine(
    [
      aCheck('a', true, new SourceMissingError('REDIS_URL')),
      aCheck('b', true, new Error('fetch failed', { cause: new Error('refused') })),
    ],
    new Sources({}),
    settings,
  );
  expect(reports.map(({ state, reason }) => [state, reason])).toEqual([
    ['skipped', 'not looked at: REDIS_URL is not set'],
    ['failed', 'refused'],
  ]);
});

it.each([
  [[[]], false, 0],
  [[[notice('x', 'odd')]], false, 0],
  [[[notice('x', 'odd')]], true, 1],
  [[[fault('x', 'broken')], new Error('away')], false, 1],
  [[[], new Error('away')], false, 2],
  [[new SourceMissingError('REDIS_URL')], false, 0],
] as const)('%# ends with its exit code', async (looks, isStrict, code) => {
  const checks = looks.map((look, at) => aCheck(`check-${at}`, false, look as Finding[] | Error));
  expect(exitCodeOf({ checks: await examine(checks, new Sources({}), settings) }, isStrict)).toBe(code);
});

it('writes a report for a person, without what a terminal would obey', async () => {
  const checks = await examine(
    [aCheck('well', false, []), aCheck('ill', false, [fault('queue', 'bad\u001b[2Jname'), notice('other', 'odd')])],
    new Sources({}),
    settings,
  );
  const at = new Date('2026-05-04T03:02:01.000Z');
  expect(reportText({ at, sources: ['database', 'broker'], checks }).split('\n')).toEqual([
    '2026-05-04T03:02:01.000Z  looked at database, broker',
    'well    well  well is well',
    'FAULT   ill   ill is well',
    '          ! queue: bad [2Jname',
    '          - other: odd',
    '          what to do: docs/doctor.md#ill',
    '',
    '2 checks, 1 well, 1 with faults, 0 with notices, 0 skipped, 0 could not be made',
  ]);
});
