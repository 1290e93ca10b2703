import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { exchanges, factKeys, type CounterDeltaV1 } from '@groundswell/contracts';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CounterDeltas } from '../src/crash/counter-recount';
import { CrashClient } from '../src/crash/crash-client';
import { CrashFleet, describeStrike } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { aCrashWorld, listen } from '../src/crash/crash-world';
import { QueueLog } from '../src/crash/queue-log';
import { settle } from '../src/crash/settlement';
import { nameOf, strikesOf } from '../src/crash/strikes';

const submissions = setting('CRASH_COUNT', 2_000);
const strikeCount = setting('CRASH_KILLS', 4);
const seeds = (process.env['CRASH_SEED'] ?? '1').split(',').map(Number);
const countersQueue = 'test.counters';

describe('everything is killed at random', () => {
  let crash: CrashFleet;
  let countersLog: QueueLog;
  const counters = new CounterDeltas();

  beforeAll(async () => {
    crash = await CrashFleet.create('crash-run');
    await crash.start({ ingests: 2, gateways: 2 });
    await listenToCounters();
  });
  afterAll(async () => {
    await countersLog?.stop();
    await crash?.stop();
  });

  async function listenToCounters(): Promise<void> {
    const { amqpUrl } = crash.home.infra;
    const model = await connect(amqpUrl);
    const channel = await model.createChannel();
    await channel.assertQueue(countersQueue, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 },
    });
    await channel.bindQueue(countersQueue, exchanges.event, factKeys.counters);
    await model.close();
    countersLog = QueueLog.start(amqpUrl, countersQueue, (message) => {
      counters.take(JSON.parse(message.content.toString()) as CounterDeltaV1);
      return 'ack';
    });
  }

  /** Strikes while people sign. Returns how often which processes were killed. */
  async function attack(client: CrashClient, seed: number): Promise<Record<string, number>> {
    const kills: Record<string, number> = {};
    const perStrike = Math.ceil(submissions / strikeCount);
    for (const [index, strike] of strikesOf(seed, strikeCount).entries()) {
      if (strike.replica) say(await crash.changeReplicas(strike.replica));
      client.allow(perStrike);
      await waitFor(() => client.quotaLeft <= perStrike * (1 - strike.at));
      const struckAt = Date.now();
      await crash.strike(strike);
      kills[nameOf(strike)] = (kills[nameOf(strike)] ?? 0) + 1;
      const figures = `${client.accepted} accepted, ${client.unknown} unknown`;
      say(`strike ${index + 1}: ${describeStrike(strike)}, whole again after ${Date.now() - struckAt} ms; ${figures}`);
      await waitFor(() => client.quotaLeft <= 0);
    }
    await waitFor(() => client.accepted >= submissions);
    return kills;
  }

  it.each(seeds)(
    'and every accepted action is stored once, at its stage, ranked, counted and delivered (seed %i)',
    async (seed) => {
      const world = await aCrashWorld(crash.fleet);
      await listen(crash.fleet, world);
      const run = `s${seed}${randomBytes(3).toString('hex')}`;
      const client = new CrashClient({
        random: seededRandom(seed),
        run,
        pages: world.pages,
        gatewayUrls: () => crash.gatewayUrls,
        concurrency: 24,
      });
      client.start();
      const startedAt = Date.now();
      const kills = await attack(client, seed).finally(() => client.stop());
      const runSeconds = (Date.now() - startedAt) / 1000;
      const books = { sql: crash.fleet.sql, amqpUrl: crash.home.infra.amqpUrl, run, ledger: client.ledger };
      const settled = await settle({ ...books, arrivals: world.arrivals, counters }, 120_000);
      await world.arrivals.stop();
      report(`crash-run-seed-${seed}`, {
        seed,
        sent: client.sent,
        accepted: client.accepted,
        unknown: client.unknown,
        stored: settled.stored,
        kills,
        longestOutageMs: Math.round(client.longestOutageMs),
        runSeconds,
        settleSeconds: settled.seconds,
        faults: settled.faults,
      });
      expect(settled.faults).toEqual({});
    },
    1_800_000,
  );
});
