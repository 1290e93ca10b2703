import { pause } from '../src/crash/crash-fleet';
import { setting } from '../src/crash/crash-report';
import { clearDiskAlarm, raiseDiskAlarm } from '../src/crash/disk-alarm';
import type { Lines } from '../src/crash/lined-fleet';
import type { NetworkLine } from '../src/crash/network-line';
import { SigningTrial } from '../src/crash/signing-trial';

/** A minute in full (CRASH_BAD_SECONDS=60). */
const badMs = 1_000 * setting('CRASH_BAD_SECONDS', 12);
/** People also sign while things come back. */
const afterwardsMs = 3_000;
/** Named by the acceptance. */
const p99LimitMs = 3_000;
const halfOf500Ms = 250;

describe('people sign while servers answer late or never', () => {
  let trial: SigningTrial;

  beforeAll(async () => {
    trial = await SigningTrial.start('bad-network');
  });
  afterAll(() => trial?.stop());

  const linesOf = (pick: (lines: Lines) => NetworkLine[]): NetworkLine[] => [
    ...pick(trial.lined.gateway),
    ...pick(trial.lined.ingest),
  ];
  const badFor = async (begin: () => unknown, end: () => unknown): Promise<void> => {
    await pause(500);
    await begin();
    await pause(badMs);
    await end();
    await pause(afterwardsMs);
  };
  const swallowed = (pick: (lines: Lines) => NetworkLine[]) => () =>
    badFor(
      () => linesOf(pick).forEach((line) => line.swallow()),
      () => linesOf(pick).forEach((line) => line.heal()),
    );
  const delayBy = (lines: NetworkLine[], delayMs: number): void => {
    for (const line of lines) line.delayMs = delayMs;
  };
  const slow = (pick: (lines: Lines) => NetworkLine[]) => () =>
    badFor(
      () => delayBy(linesOf(pick), halfOf500Ms),
      () => delayBy(linesOf(pick), 0),
    );

  const databases = ({ database }: Lines) => [database];
  /** Then all that is accepted goes through the spool. */
  const slowDatabaseWithoutBroker = () =>
    badFor(
      () => {
        delayBy(linesOf(databases), halfOf500Ms);
        return trial.servers.rabbit.kill('SIGKILL');
      },
      async () => {
        await trial.servers.rabbit.restart();
        delayBy(linesOf(databases), 0);
      },
    );

  /** Name, how many have to take the way of the spool at least, and what goes wrong. */
  const phases: [string, 0 | 1, () => Promise<void>][] = [
    [
      'disk-alarm',
      1,
      () =>
        badFor(
          () => raiseDiskAlarm(trial.servers.rabbit),
          () => clearDiskAlarm(trial.servers.rabbit),
        ),
    ],
    [
      'stopped-broker',
      1,
      () =>
        badFor(
          () => trial.servers.rabbit.kill('SIGSTOP'),
          () => trial.servers.rabbit.kill('SIGCONT'),
        ),
    ],
    ['swallowed-broker', 1, swallowed(({ broker }) => [broker])],
    ['swallowed-database', 0, swallowed(databases)],
    ['slow-broker', 0, slow(({ broker }) => [broker])],
    ['slow-database', 0, slow(databases)],
    ['slow-both', 0, slow(({ broker, database }) => [broker, database])],
    ['slow-database-without-broker', 1, slowDatabaseWithoutBroker],
  ];

  it.each(phases)(
    '%s: each is accepted, in time, and the ledger is exact',
    async (name, leastSpooled, work) => {
      const { figures, spooled, faults } = await trial.phase(name, work);
      expect(faults).toEqual({});
      expect(figures).toMatchObject({ accepted: figures.sent, others: [] });
      expect(spooled).toBeGreaterThanOrEqual(leastSpooled);
      expect(figures.p99).toBeLessThanOrEqual(p99LimitMs);
    },
    badMs + 300_000,
  );
});
