import { randomBytes } from 'node:crypto';
import type { Service } from '@groundswell/fleet';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, type TestOrg, type TestPage } from '../src/campaign-world';
import { frozenSubmission, ingestQueues, payloadShapes, publishBacklog, type PayloadShape } from '../src/crash/backlog';
import { CrashFleet, pause } from '../src/crash/crash-fleet';
import { report, setting } from '../src/crash/crash-report';
import { MemoryLog } from '../src/crash/memory-log';
import { Arrivals } from '../src/crash/queue-log';
import { queueDepths } from '../src/crash/settlement';

/** 100 000 in full: 6 GB that wait in the broker. */
const count = setting('CRASH_BACKLOG', 4_000);
const submissionBytes = 60_000;
/** `objects` is a hostile one, for measuring: it takes more than the figure allows. */
const shapes = (process.env['CRASH_BACKLOG_SHAPE'] ?? 'texts').split(',') as PayloadShape[];
const mostMb = 300;
const drainDeadlineMs = 60_000 + count * 60;

describe('a backlog of large submissions in all partitions', () => {
  let crash: CrashFleet;
  let ingest: Service;
  let lead: TestOrg;
  let page: TestPage;
  let arrivals: Arrivals;

  beforeAll(async () => {
    crash = await CrashFleet.create('backlog');
    await crash.start({ ingests: 0 });
    lead = await anOrg(crash.fleet);
    const partner = await anOrg(crash.fleet);
    page = await aPage(partner, await aCampaign(lead));
    arrivals = new Arrivals();
    for (const org of [lead, partner]) arrivals.listen(await crash.fleet.crmLogin(org.id), `${org.name}.crm`);
  });
  afterAll(async () => {
    await arrivals?.stop();
    await crash?.stop();
  });

  const amqpUrl = (): string => crash.home.infra.amqpUrl;
  const ready = async (): Promise<number> =>
    (await queueDepths(amqpUrl(), ingestQueues)).reduce((sum, { n }) => sum + n, 0);

  async function startIngest(): Promise<MemoryLog> {
    if (ingest) await ingest.restart();
    else ingest = await crash.add('action-ingest', 1);
    return new MemoryLog(ingest.pid);
  }

  /** The newest action so far: what a run stores has larger ids. */
  async function newestAction(): Promise<number> {
    const { rows } = await crash.fleet.sql.query<{ id: number }>(
      'select coalesce(max(id), 0)::int as id from actions.actions',
    );
    return rows[0]?.id ?? 0;
  }

  /** Waits until everything of this run is stored and has reached both orgs, and says what is not as it should be. */
  async function drained(run: string, newestBefore: number): Promise<Record<string, number>> {
    const { sql } = crash.fleet;
    // Reading a token reads the 60 KB around it: only once there may be enough of them.
    const storedSince = async (): Promise<number> => {
      const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from actions.actions where id > $1', [
        newestBefore,
      ]);
      return rows[0]?.n ?? 0;
    };
    const stored = async (): Promise<number[]> => {
      const { rows } = await sql.query<{ id: number }>(
        `select id::int from actions.actions where id > $1 and fields->>'token' like $2 || '-%'`,
        [newestBefore, run],
      );
      return rows.map(({ id }) => id);
    };
    await waitFor(async () => (await storedSince()) >= count, drainDeadlineMs);
    const ids = await waitFor(async () => {
      const found = await stored();
      return found.length >= count && found;
    }, drainDeadlineMs);
    const undelivered = (): number => ids.filter((id) => arrivals.idsByAction.get(id)?.size !== 2).length;
    await waitFor(() => undelivered() === 0, drainDeadlineMs).catch(() => undefined);
    const { rows } = await crash.fleet.sql.query<{ parked: number; outbox: number }>(
      `select (select count(*)::int from actions.parked) as parked, (select count(*)::int from actions.outbox) as outbox`,
    );
    return { stored: ids.length, undelivered: undelivered(), parked: rows[0]?.parked ?? -1, waiting: await ready() };
  }

  const allDone = { stored: count, undelivered: 0, parked: 0, waiting: 0 };

  it.each(shapes)(
    `is stored in less than ${mostMb} MB when ingest starts (payloads of %s)`,
    async (shape) => {
      const run = `b${randomBytes(4).toString('hex')}`;
      await ingest?.kill('SIGKILL');
      const newestBefore = await newestAction();
      const payload = payloadShapes[shape](submissionBytes - 2_500);
      const frozen = await frozenSubmission(amqpUrl(), crash.fleet.anonymous, page, payload);
      const publishStartedAt = Date.now();
      const bytes = await publishBacklog(amqpUrl(), frozen, { count, run });
      const publishSeconds = (Date.now() - publishStartedAt) / 1000;
      await waitFor(async () => (await ready()) === count);
      const startedAt = Date.now();
      const memory = await startIngest();
      const outcome = await drained(run, newestBefore);
      await memory.stop();
      const { peakMb, samples } = memory;
      const seconds = (Date.now() - startedAt) / 1000;
      report(`backlog-${shape}`, {
        count,
        bytesEach: Math.round(bytes / count),
        publishSeconds,
        drainSeconds: seconds,
        peakMb: Math.round(peakMb),
        samples: samples.slice(0, 60),
        ...outcome,
      });
      expect(outcome).toEqual(allDone);
      expect(bytes / count).toBeGreaterThan(submissionBytes * 0.95);
      expect(peakMb).toBeLessThan(mostMb);
    },
    drainDeadlineMs * 2 + 120_000,
  );

  it(
    `waits while the database is away, and is stored in less than ${mostMb} MB afterwards`,
    async () => {
      const run = `d${randomBytes(4).toString('hex')}`;
      await ingest.kill('SIGKILL');
      const newestBefore = await newestAction();
      const frozen = await frozenSubmission(
        amqpUrl(),
        crash.fleet.anonymous,
        page,
        payloadShapes.texts(submissionBytes - 2_500),
      );
      const memory = await startIngest();
      await ingest.ready({ deadlineMs: 60_000 });
      const { postgres } = crash.home.servers;
      await postgres.kill('SIGKILL');
      await publishBacklog(amqpUrl(), frozen, { count, run });
      await waitFor(async () => (await ready()) === count);
      await pause(5_000);
      const waitingMeanwhile = await ready();
      await postgres.restart();
      const outcome = await drained(run, newestBefore);
      await memory.stop();
      report('backlog-database-away', {
        count,
        waitingMeanwhile,
        peakMb: Math.round(memory.peakMb),
        samples: memory.samples.slice(0, 60),
        ...outcome,
      });
      expect(outcome).toEqual(allDone);
      expect(memory.peakMb).toBeLessThan(mostMb);
    },
    drainDeadlineMs * 2 + 120_000,
  );
});
