import { pause } from '../src/crash/crash-fleet';
import { setting } from '../src/crash/crash-report';
import { SigningTrial } from '../src/crash/signing-trial';

/** A minute in full (CRASH_AWAY_SECONDS=60). */
const awayMs = 1_000 * setting('CRASH_AWAY_SECONDS', 8);
const afterwardsMs = 3_000;
/** Named by the acceptance. */
const p99LimitMs = 3_000;
/** Redis away must not be felt: this much of the calm p99 is noise of a busy machine. */
const noiseFactor = 3;
const noiseMs = 50;

type ServerName = 'postgres' | 'rabbit' | 'redis';

describe('people sign while servers are away', () => {
  let trial: SigningTrial;

  beforeAll(async () => {
    trial = await SigningTrial.start('both-away');
  });
  afterAll(() => trial?.stop());

  const killed = async (...names: ServerName[]): Promise<void> => {
    await pause(500);
    await Promise.all(names.map((name) => trial.servers[name].kill('SIGKILL')));
    await pause(awayMs);
    await Promise.all(names.map((name) => trial.servers[name].restart()));
    await pause(afterwardsMs);
  };

  it.each([
    ['rabbit', 1],
    ['postgres', 0],
  ] as const)(
    'without %s each is accepted, and the ledger is exact',
    async (name, leastSpooled) => {
      const { figures, spooled, faults } = await trial.phase(`without-${name}`, () => killed(name));
      expect(faults).toEqual({});
      expect(figures).toMatchObject({ accepted: figures.sent, others: [] });
      expect(spooled).toBeGreaterThanOrEqual(leastSpooled);
      expect(figures.p99).toBeLessThanOrEqual(p99LimitMs);
    },
    awayMs + 300_000,
  );

  const swallowed = async (): Promise<void> => {
    const { broker, database } = trial.lined.gateway;
    const lines = [broker, database];
    await pause(500);
    for (const line of lines) line.swallow();
    await pause(awayMs);
    for (const line of lines) line.heal();
    await pause(afterwardsMs);
  };

  it.each([
    ['killed', () => killed('rabbit', 'postgres')],
    ['swallowed', swallowed],
  ] as const)(
    'without both (%s) the others are told when to come back, and nothing is half-done',
    async (how, work) => {
      const { figures, faults } = await trial.phase(`without-both-${how}`, work);
      expect(faults).toEqual({});
      expect(figures.unavailable).toBeGreaterThan(0);
      expect(figures).toMatchObject({ accepted: figures.sent - figures.unavailable, others: [] });
      expect(figures.p99).toBeLessThanOrEqual(p99LimitMs);
    },
    awayMs + 300_000,
  );

  it(
    'without Redis signing is what it was',
    async () => {
      const calm = await trial.phase('calm', () => pause(awayMs));
      const { figures, faults } = await trial.phase('without-redis', () => killed('redis'));
      expect(faults).toEqual({});
      expect(figures).toMatchObject({ accepted: figures.sent, others: [] });
      expect(figures.p99).toBeLessThanOrEqual(calm.figures.p99 * noiseFactor + noiseMs);
    },
    2 * awayMs + 300_000,
  );
});
