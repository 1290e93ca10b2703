import { randomBytes } from 'node:crypto';
import { ingestQueue, partitionCount } from '@groundswell/contracts';
import { partitionLockSpace } from '@groundswell/persistence';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashClient } from '../src/crash/crash-client';
import { pause } from '../src/crash/crash-fleet';
import { report, setting } from '../src/crash/crash-report';
import { aCrashWorld, listen, type CrashWorld } from '../src/crash/crash-world';
import { queueDepths, settle } from '../src/crash/settlement';
import { TestFleet } from '../src/test-fleet';

const kills = setting('CRASH_KILLS', 8);
const seed = setting('CRASH_SEED', 1);
/** Submissions that wait for each start of ingest. */
const backlog = 800;
const wantedUnacked = 550;
/** Submissions on their way between two counts, at most. */
const inFlight = 50;

describe('ingest dies with hundreds of submissions in hand', () => {
  let fleet: TestFleet;
  let world: CrashWorld;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start({ 'action-ingest': { PROCESS_OLD_INTERVAL: '2000' } });
    world = await aCrashWorld(fleet);
    await listen(fleet, world);
  });
  afterAll(async () => {
    await world?.arrivals.stop();
    await fleet?.stop();
  });

  it(
    `again and again, and loses nobody and parks nobody`,
    async () => {
      const random = seededRandom(seed);
      const run = `k${randomBytes(4).toString('hex')}`;
      const amqpUrl = fleet.home.infra.amqpUrl;
      const ingest = fleet.service('action-ingest');
      const client = new CrashClient({
        random,
        run,
        pages: world.pages,
        gatewayUrls: () => [fleet.gatewayUrl],
        concurrency: 24,
      });
      const queues = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));
      /** Accepted and no longer waiting: stored, or in somebody's hands. */
      const taken = async (): Promise<number> => {
        const { accepted } = client;
        return accepted - (await queueDepths(amqpUrl, queues)).reduce((sum, { n }) => sum + n, 0);
      };
      /** Once the broker has taken back what the dead ingest held. The client goes on, so two counts are never quite equal. */
      const takenAtRest = async (): Promise<number> => {
        const counts = [await taken()];
        await waitFor(async () => {
          await pause(300);
          counts.push(await taken());
          const last = counts.slice(-4);
          return last.length === 4 && Math.max(...last) - Math.min(...last) < inFlight;
        });
        return Math.max(...counts.slice(-4));
      };
      const unackedAtKills: number[] = [];
      // While it holds the partitions, ingest takes all it may and stores nothing.
      const holder = await fleet.sql.connect();
      client.start();
      for (let kill = 0; kill < kills; kill += 1) {
        await ingest.kill('SIGKILL');
        client.allow(backlog);
        await waitFor(() => client.quotaLeft <= 0);
        const before = await takenAtRest();
        await holder.query('select pg_advisory_lock($1, n) from generate_series(0, $2) n', [
          partitionLockSpace,
          partitionCount - 1,
        ]);
        await ingest.restart();
        await waitFor(async () => (await taken()) - before >= wantedUnacked);
        unackedAtKills.push((await taken()) - before);
        await holder.query('select pg_advisory_unlock_all()');
        // From nothing stored yet to stored and not yet acked.
        await pause(random() * 100);
      }
      holder.release();
      await ingest.kill('SIGKILL');
      await client.stop();
      await ingest.restart();
      const books = { sql: fleet.sql, amqpUrl, run, ledger: client.ledger, arrivals: world.arrivals, counters: null };
      const settled = await settle(books, 120_000);
      const { sent, accepted, unknown } = client;
      const { stored, seconds, faults } = settled;
      report('ingest-kills', { sent, accepted, unknown, stored, unackedAtKills, settleSeconds: seconds, faults });
      expect(faults).toEqual({});
      expect(unknown).toBe(0);
      expect(Math.min(...unackedAtKills)).toBeGreaterThanOrEqual(wantedUnacked - inFlight);
    },
    300_000 + kills * 60_000,
  );
});
