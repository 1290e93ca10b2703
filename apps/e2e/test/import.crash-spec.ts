import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, type TestOrg, type TestPage } from '../src/campaign-world';
import { AcceptClock } from '../src/crash/accept-clock';
import { anActionFile, errorsOf, importFile, uploadOf, type ActionFile } from '../src/crash/action-file';
import { CrashFleet, pause } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { inWords, quantileRatio, summaryOf, type Block } from '../src/crash/latency-ratio';

/** In full CRASH_ROWS=100000 CRASH_ALTERNATIONS=5 CRASH_KILLS=5. */
const rows = setting('CRASH_ROWS', 2_000);
const kills = setting('CRASH_KILLS', 2);
/** Calm and import in turn so many times, then calm once more; the rows are shared out among the imports. */
const alternations = setting('CRASH_ALTERNATIONS', 2);
/** Live signatures per second. */
const perSecond = setting('CRASH_RATE', 60);
const warmUps = 1_000;
/** What the answer to a live signature may take more while rows are imported. */
const allowed = 1.2;
/** Slower than any import is. */
const patienceMs = 60_000 + rows * 20;

describe('a file of actions', () => {
  let crash: CrashFleet;
  let org: TestOrg;

  beforeAll(async () => {
    crash = await CrashFleet.create('import');
    await crash.fleet.startObjectStore();
    await crash.start();
    org = await anOrg(crash.fleet);
    await crash.fleet.crmLogin(org.id);
  });
  afterAll(async () => {
    await crash?.stop();
  });

  const newPage = async (): Promise<TestPage> => aPage(org, await aCampaign(org));
  const newRun = (): string => `i${randomBytes(4).toString('hex')}`;

  async function ended(id: string): Promise<void> {
    await waitFor(async () => !['WAITING', 'READING'].includes((await uploadOf(org, id)).state), patienceMs);
  }

  /** The report says of every row what became of it, and every row that is fine is one delivered action. */
  async function expectWhole(id: string, page: TestPage, { good, errors }: ActionFile): Promise<void> {
    const { errorsUrl, ...figures } = await uploadOf(org, id);
    expect(figures).toEqual({
      state: 'COMPLETE',
      reason: null,
      rows: good.length + errors.size,
      accepted: good.length,
      refused: errors.size,
      duplicates: 0,
    });
    expect(await errorsOf(org, id)).toEqual(errors);
    const text = await (await fetch(errorsUrl ?? '')).text();
    expect(
      new Set(
        text
          .trim()
          .split('\r\n')
          .slice(1)
          .map((line) => Number(line.split(',')[0])),
      ),
    ).toEqual(new Set(errors.keys()));
    const stored = async () =>
      (
        await crash.fleet.sql.query<{ row: number; delivered: boolean }>(
          `select (fields->>'row')::int as row, processing_status = 4 as delivered from actions.actions
            where action_page_id = $1`,
          [page.id],
        )
      ).rows;
    await waitFor(async () => (await stored()).length >= good.length, 60_000).catch(() => undefined);
    const numbers = (await stored()).map(({ row }) => row).sort((a, b) => a - b);
    expect(numbers).toEqual(good);
    expect((await stored()).filter(({ delivered }) => !delivered)).toEqual([]);
  }

  it(
    `of ${rows} rows, read by an ingest that is killed ${kills} times, is stored row by row: none twice, none missing`,
    async () => {
      const page = await newPage();
      const file = anActionFile(rows, newRun());
      const id = await importFile(org, page, file);
      const killedAt: number[] = [];
      for (let kill = 1; kill <= kills; kill += 1) {
        const from = Math.floor((rows * kill) / (kills + 1));
        await waitFor(async () => (await uploadOf(org, id)).rows >= from, patienceMs);
        // Somewhere in the step that follows.
        await pause(100 + 300 * Math.random());
        const ingest = crash.fleet.service('action-ingest');
        await ingest.kill('SIGKILL');
        killedAt.push((await uploadOf(org, id)).rows);
        // Its process is dead for certain: nobody needs to wait for the lease to say so.
        await crash.fleet.sql.query(`update actions.jobs set locked_until = now() where state = 'running'`);
        await ingest.restart();
      }
      await ended(id);
      say(`${rows} rows, killed when so many were counted: ${killedAt.join(', ')}`);
      expect(killedAt.every((row) => row < rows)).toBe(true);
      await expectWhole(id, page, file);
    },
    patienceMs + kills * 60_000,
  );

  it(
    'leaves live signatures the answers they have without it',
    async () => {
      const run = newRun();
      const [live, ...pages] = await Promise.all(Array.from({ length: alternations + 1 }, newPage));
      const [gatewayUrl = ''] = crash.gatewayUrls;
      const clock = new AcceptClock({ gatewayUrl, pageId: live?.id ?? 0, perSecond, run });
      const calm: Block[] = [];
      const busy: Block[] = [];
      const imported: { id: string; page: TestPage; file: ActionFile }[] = [];
      await clock.warmUp(warmUps);
      clock.start();
      await pause(2_000);
      let lastMs = 3_000;
      const rest = async (): Promise<void> => {
        const from = performance.now();
        await pause(lastMs);
        calm.push(...clock.latencies({ from, to: performance.now() }));
        await pause(1_000);
      };
      for (const page of pages) {
        await rest();
        const file = anActionFile(Math.floor(rows / alternations), `${run}${page.id}`);
        const id = await importFile(org, page, file);
        const from = performance.now();
        await ended(id);
        lastMs = performance.now() - from;
        busy.push(...clock.latencies({ from, to: performance.now() }));
        imported.push({ id, page, file });
        await pause(1_000);
      }
      await rest();
      await clock.stop();
      const random = seededRandom(1);
      const of = (part: number) => quantileRatio(part, calm, busy, random);
      const [even, odd] = [0, 1].map((parity) => calm.filter((_, index) => index % 2 === parity));
      const control = quantileRatio(0.99, even ?? [], odd ?? [], random);
      const figures = { median: of(0.5), p99: of(0.99) };
      say(`calm against calm: p99 ${inWords(control)}`);
      say(`import against calm: median ${inWords(figures.median)}; p99 ${inWords(figures.p99)}`);
      report('import', {
        rows,
        rowsPerSecond: Math.round((rows / alternations / lastMs) * 1_000),
        calm: summaryOf(calm),
        importing: summaryOf(busy),
        control,
        ...figures,
        missed: clock.missed,
      });
      for (const { id, page, file } of imported) await expectWhole(id, page, file);
      await waitFor(async () => {
        const { rows: stored } = await crash.fleet.sql.query<{ n: number }>(
          'select count(*)::int as n from actions.actions where action_page_id = $1',
          [live?.id],
        );
        return stored[0]?.n === clock.accepted.size;
      });
      expect(clock.missed).toBe(0);
      // As in the tests of neighbours: red when the whole 95 % interval lies above what is allowed.
      expect(figures.median.low).toBeLessThanOrEqual(allowed);
      expect(figures.p99.low).toBeLessThanOrEqual(allowed);
    },
    2 * patienceMs + 120_000,
  );
});
