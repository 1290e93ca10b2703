import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashClient } from '../src/crash/crash-client';
import { CrashFleet, pause } from '../src/crash/crash-fleet';
import { report, setting } from '../src/crash/crash-report';
import { aCrashWorld, listen } from '../src/crash/crash-world';
import { settle } from '../src/crash/settlement';

/** Three minutes in full (CRASH_AWAY_SECONDS=180). */
const awayMs = 1_000 * setting('CRASH_AWAY_SECONDS', 10);
const meanwhile = 1_500;

describe('a server that is away for long', () => {
  let crash: CrashFleet;

  beforeAll(async () => {
    crash = await CrashFleet.create('servers-away');
    await crash.start();
  });
  afterAll(() => crash?.stop());

  it.each(['postgres', 'rabbit'] as const)(
    'people sign without %s; nothing is parked, and all is stored afterwards',
    async (name) => {
      const world = await aCrashWorld(crash.fleet);
      await listen(crash.fleet, world);
      const run = `a${randomBytes(4).toString('hex')}`;
      const client = new CrashClient({
        random: seededRandom(2),
        run,
        pages: world.pages,
        gatewayUrls: () => crash.gatewayUrls,
        concurrency: 16,
      });
      client.start();
      client.allow(1_000);
      await waitFor(() => client.accepted >= 500);
      const server = crash.home.servers[name];
      await server.kill('SIGKILL');
      const acceptedBefore = client.accepted;
      client.allow(meanwhile);
      await pause(awayMs);
      const acceptedMeanwhile = client.accepted - acceptedBefore;
      await server.restart();
      await crash.ready();
      await waitFor(() => client.quotaLeft <= 0);
      await client.stop();
      const { sql } = crash.fleet;
      const { arrivals } = world;
      const { amqpUrl } = crash.home.infra;
      const settled = await settle({ sql, amqpUrl, run, ledger: client.ledger, arrivals, counters: null }, 120_000);
      await arrivals.stop();
      const { sent, accepted, unknown, longestOutageMs } = client;
      const figures = { awayMs, sent, accepted, acceptedMeanwhile, unknown, longestOutageMs, ...settled };
      report(`${name}-away`, figures);
      expect(settled.faults).toEqual({});
      expect(unknown).toBe(0);
      expect(acceptedMeanwhile).toBeGreaterThanOrEqual(meanwhile);
    },
    awayMs + 300_000,
  );
});
