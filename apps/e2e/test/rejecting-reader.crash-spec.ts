import { randomBytes } from 'node:crypto';
import { crmQueue } from '@groundswell/contracts';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashClient } from '../src/crash/crash-client';
import { CrashFleet } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { aCrashWorld, type CrashWorld } from '../src/crash/crash-world';
import { QueueLog } from '../src/crash/queue-log';
import { queueDepths, settle } from '../src/crash/settlement';

/** 20 000 in full. */
const messages = setting('CRASH_REJECTED', 2_000);
/** The broker dies when this part of all messages has been rejected. */
const killedAt = [0.25, 0.5, 0.75];
/** For all of them to be signed, to arrive or to be rejected, on a machine that does other things too. */
const patienceMs = 120_000 + 20 * messages;

describe('an org whose software rejects every message', () => {
  let crash: CrashFleet;
  let world: CrashWorld;
  let client: CrashClient | undefined;

  beforeAll(async () => {
    crash = await CrashFleet.create('rejecting-reader');
    await crash.start({ topology: { RETRY_TTL_MS: '2000' } });
    world = await aCrashWorld(crash.fleet);
  });
  afterAll(async () => {
    await client?.stop();
    await world?.arrivals.stop();
    await crash?.stop();
  });

  it(
    'while the broker is killed finds every id in its queue again',
    async () => {
      const run = `r${randomBytes(4).toString('hex')}`;
      const queue = crmQueue(world.delivering.name);
      const { amqpUrl } = crash.home.infra;
      const login = await crash.fleet.crmLogin(world.delivering.id);
      client = new CrashClient({
        random: seededRandom(3),
        run,
        pages: world.pages.filter(({ isConfirming }) => !isConfirming),
        gatewayUrls: () => crash.gatewayUrls,
        concurrency: 16,
      });
      const signing = client;
      signing.start();
      signing.allow(messages);
      await waitFor(() => signing.quotaLeft <= 0, patienceMs);
      await signing.stop();
      const depth = async () => (await queueDepths(amqpUrl, [queue]))[0]?.n ?? 0;
      await waitFor(async () => (await depth()) >= signing.accepted * 0.98, patienceMs);

      const rejected = new Map<string, number>();
      const rejecting = QueueLog.start(login, queue, ({ properties }) => {
        const id = String(properties.messageId);
        rejected.set(id, (rejected.get(id) ?? 0) + 1);
        return 'reject';
      });
      for (const part of killedAt) {
        await waitFor(() => rejected.size >= messages * part, patienceMs);
        await crash.home.servers.rabbit.kill('SIGKILL');
        await crash.home.servers.rabbit.restart();
      }
      await waitFor(() => rejected.size >= messages * 0.98, patienceMs);
      await rejecting.stop();
      const rejections = [...rejected.values()].reduce((sum, times) => sum + times, 0);
      say(`${rejections} rejections of ${rejected.size} messages, ${killedAt.length} kills of the broker`);

      world.arrivals.listen(login, queue);
      const books = { sql: crash.fleet.sql, amqpUrl, run, ledger: signing.ledger, counters: null };
      const settled = await settle({ ...books, arrivals: world.arrivals }, 120_000);
      const { sent, accepted } = signing;
      report('rejecting-reader', { sent, accepted, rejected: rejected.size, rejections, ...settled });
      expect(settled.faults).toEqual({});
    },
    4 * patienceMs,
  );
});
