import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashClient } from '../src/crash/crash-client';
import { pause } from '../src/crash/crash-fleet';
import { report, setting } from '../src/crash/crash-report';
import { aCrashWorld, listen, type CrashWorld } from '../src/crash/crash-world';
import { hostileRequest, sendRaw } from '../src/crash/fuzz-http';
import { HostilePublisher, type SentMessage } from '../src/crash/fuzz-queue';
import { ingestQueues } from '../src/crash/backlog';
import { countExplained, readLogs, unexplained, type ExplainedLine, type LogLine } from '../src/crash/log-audit';
import { queueDepths } from '../src/crash/settlement';
import { TestFleet } from '../src/test-fleet';

/** 60 in full. */
const seconds = setting('CRASH_FUZZ_SECONDS', 10);
const seed = setting('CRASH_SEED', 1);
const answerDeadlineMs = 10_000;
const clients = 6;

/** Before the first hostile byte: services start in any order. */
const explainedAtStart: readonly ExplainedLine[] = [
  { msg: /^broker unreachable$/, cause: 'topology-service has not created the broker users yet' },
  { msg: /^queue does not exist: waiting for it$/, cause: 'topology-service has not declared the queues yet' },
  { service: 'topology-service', msg: /^own queue not made$/, cause: 'its exchange is being declared' },
  { msg: /^outbox relay paused$/, cause: 'the database is still being connected to' },
  { msg: /^health$/, cause: 'a check that is not up yet' },
];
/** Every line above info that hostile input may cause. */
const explained: readonly ExplainedLine[] = [
  { service: 'action-ingest', msg: /^message parked$/, cause: 'a queue message that no contract or row takes' },
  { service: 'action-ingest', msg: /^handler threw: isolating$/, cause: 'one that fits its contract, but no row' },
  { msg: /^event not understood$/, cause: 'an event of somebody with the password of the broker' },
];

interface Tally {
  requests: number;
  statuses: Record<string, number>;
  slowestMs: number;
  faults: string[];
}

describe('random and hostile input', () => {
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

  /** Asks until the time is over; notes every answer that nobody should get. */
  async function attack(until: number, ownSeed: number, tally: Tally): Promise<void> {
    const random = seededRandom(ownSeed);
    const page = world.pages[0] as CrashWorld['pages'][number];
    while (Date.now() < until) {
      const request = hostileRequest(random, page);
      const { status, text, ms, isTimeout } = await sendRaw(fleet.gatewayUrl, request, answerDeadlineMs);
      tally.requests += 1;
      tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
      tally.slowestMs = Math.max(tally.slowestMs, Math.round(ms));
      const isFault = isTimeout || status >= 500 || /HTTP\/1\.1 5\d\d|\n\s+at .+:\d+:\d+|node_modules/.test(text);
      if (isFault) {
        tally.faults.push(
          `${request.toString('latin1').slice(0, 600)} => ${isTimeout ? 'timeout' : text.slice(0, 300)}`,
        );
      }
    }
  }

  async function publish(until: number): Promise<HostilePublisher> {
    const publisher = await HostilePublisher.connect(fleet.home.infra.amqpUrl, seededRandom(seed + 1_000), world.pages);
    while (Date.now() < until) {
      await publisher.publishSome();
      await pause(200);
    }
    await publisher.close();
    return publisher;
  }

  /** Messages of the partitions that are neither stored nor parked. */
  async function unaccounted(sent: readonly SentMessage[]): Promise<SentMessage[]> {
    const { rows } = await fleet.sql.query<{ id: string }>(
      `select message_id as id from actions.parked union select id::text from actions.submissions`,
    );
    const known = new Set(rows.map(({ id }) => id));
    return sent.filter(({ messageId, bodyId }) => !known.has(messageId) && !(bodyId !== null && known.has(bodyId)));
  }

  /** Tokens of people who were told that they had signed, not stored exactly once; and those not delivered. */
  async function lostOrDoubled(run: string, client: CrashClient): Promise<Record<string, string[]>> {
    const { rows } = await fleet.sql.query<{ id: number; token: string }>(
      `select id::int, fields->>'token' as token from actions.actions where fields->>'token' like $1 || '-%'`,
      [run],
    );
    const ids = new Map<string, number[]>();
    for (const { id, token } of rows) ids.set(token, [...(ids.get(token) ?? []), id]);
    const wrong: string[] = [];
    const undelivered: string[] = [];
    for (const [token, { accepted, kind }] of client.ledger) {
      const own = ids.get(token) ?? [];
      if (own.length !== accepted) wrong.push(token);
      if (kind === 'sign' && own.some((id) => world.arrivals.idsByAction.get(id)?.size !== 1)) undelivered.push(token);
    }
    return { wrong, undelivered };
  }

  it(
    `crashes nobody, loses nothing and leaves no unexplained line (seed ${seed}, ${seconds} s)`,
    async () => {
      const run = `f${randomBytes(4).toString('hex')}`;
      const pids = fleet.services.map(({ pid }) => pid);
      const client = new CrashClient({
        random: seededRandom(seed),
        run,
        pages: world.pages,
        gatewayUrls: () => [fleet.gatewayUrl],
        concurrency: 2,
      });
      const tally: Tally = { requests: 0, statuses: {}, slowestMs: 0, faults: [] };
      const attackedAt = new Date().toISOString();
      const until = Date.now() + seconds * 1_000;
      client.start();
      client.allow(seconds * 20);
      const [publisher] = await Promise.all([
        publish(until),
        ...Array.from({ length: clients }, (_, index) => attack(until, seed * 100 + index, tally)),
      ]);
      await client.stop();
      const depth = async () =>
        (await queueDepths(fleet.home.infra.amqpUrl, ingestQueues)).reduce((sum, { n }) => sum + n, 0);
      const settled = async () =>
        (await depth()) === 0 &&
        (await unaccounted(publisher.sent)).length === 0 &&
        Object.values(await lostOrDoubled(run, client)).every((list) => list.length === 0);
      await waitFor(settled, 60_000 + seconds * 2_000).catch(() => undefined);
      const lines = readLogs(
        fleet.home.logDir,
        fleet.services.map(({ as }) => as),
      );
      const { rows: parked } = await fleet.sql.query<{ reason: string; n: number }>(
        'select reason, count(*)::int as n from actions.parked group by reason order by n desc',
      );
      report('fuzz', {
        seed,
        seconds,
        requests: tally.requests,
        statuses: tally.statuses,
        slowestMs: tally.slowestMs,
        accepted: client.accepted,
        queueMessages: publisher.sent.length,
        events: publisher.events,
        parked: Object.fromEntries(parked.map(({ reason, n }) => [reason, n])),
        explained: countExplained(lines, explained),
      });
      expect(tally.faults.slice(0, 5)).toEqual([]);
      expect(fleet.services.map(({ pid }) => pid)).toEqual(pids);
      expect(fleet.services.filter((service) => !service.isRunning())).toEqual([]);
      await Promise.all(fleet.services.map((service) => service.ready({ deadlineMs: 60_000 })));
      const isEarlier = ({ time }: LogLine): boolean => time !== '' && time < attackedAt;
      const mysteries = [
        ...unexplained(lines.filter(isEarlier), explainedAtStart),
        ...unexplained(
          lines.filter((line) => !isEarlier(line)),
          explained,
        ),
      ];
      expect(mysteries.slice(0, 10).map(({ text }) => text.slice(0, 1_500))).toEqual([]);
      const personal = lines.filter(
        ({ text }) => /@example\.(org|net)|Harald|Bower|02-123/.test(text) || text.includes(`${run}-`),
      );
      expect(personal.slice(0, 3)).toEqual([]);
      expect(client.unknown).toBe(0);
      expect(await lostOrDoubled(run, client)).toEqual({ wrong: [], undelivered: [] });
      expect((await unaccounted(publisher.sent)).slice(0, 5)).toEqual([]);
      expect(client.accepted).toBeGreaterThan(seconds);
      expect(publisher.sent.length).toBeGreaterThan(seconds * 4);
    },
    240_000 + seconds * 5_000,
  );
});
