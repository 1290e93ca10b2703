import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashClient } from '../src/crash/crash-client';
import { report, setting } from '../src/crash/crash-report';
import { aCrashWorld, listen, type CrashWorld } from '../src/crash/crash-world';
import { MemoryLog } from '../src/crash/memory-log';
import { settle } from '../src/crash/settlement';
import { TestFleet } from '../src/test-fleet';

/** Signatures under way at once: each holds memory of the gateway until the broker has confirmed it. */
const atOnce = setting('CRASH_AT_ONCE', 4_000);
const count = setting('CRASH_COUNT', 9_000);

describe(`${atOnce} people who sign at the same moment`, () => {
  let fleet: TestFleet;
  let world: CrashWorld;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    world = await aCrashWorld(fleet);
    await listen(fleet, world);
  });
  afterAll(async () => {
    await world?.arrivals.stop();
    await fleet?.stop();
  });

  it('do not end the gateway, and are all stored and delivered', async () => {
    const run = `rush${randomBytes(4).toString('hex')}`;
    const { pid } = fleet.service('api-gateway');
    const memory = new MemoryLog(pid);
    const client = new CrashClient({
      random: seededRandom(setting('CRASH_SEED', 1)),
      run,
      pages: world.pages,
      gatewayUrls: () => [fleet.gatewayUrl],
      concurrency: atOnce,
    });
    client.allow(count);
    client.start();
    await waitFor(() => client.quotaLeft <= 0, 240_000);
    await client.stop();
    await memory.stop();
    const amqpUrl = fleet.home.infra.amqpUrl;
    const books = { sql: fleet.sql, amqpUrl, run, ledger: client.ledger, arrivals: world.arrivals, counters: null };
    const { stored, seconds, faults } = await settle(books, 120_000);
    const { sent, accepted, unknown } = client;
    report('rush', {
      sent,
      accepted,
      unknown,
      stored,
      peakMb: Math.round(memory.peakMb),
      settleSeconds: seconds,
      faults,
    });
    expect(faults).toEqual({});
    expect(fleet.service('api-gateway').pid).toBe(pid);
    process.kill(pid, 0);
    expect(accepted).toBeGreaterThanOrEqual(count);
  }, 500_000);
});
