import { createTestDatabase, waitFor, type TestDatabase } from '@groundswell/testing';
import { WrittenLog, type MockEvent } from '../providers/mailgun-mock';
import type { TestMail } from './event-fixture';
import { LoopsFixture, type AroundPage, type PolledDomain } from './loops-fixture';

const minutes = 60_000;
let database: TestDatabase;
let fixture: LoopsFixture;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  fixture = await LoopsFixture.create(database);
});
afterEach(() => fixture.close());
afterAll(() => database.drop());

const event = (mail: TestMail, atMs: number, changes: Partial<MockEvent> = {}): MockEvent => ({
  id: `w${mail.id}.${changes.type ?? 'delivered'}.${atMs}`,
  type: 'delivered',
  us: atMs * 1000,
  visibleMs: atMs,
  recipient: mail.address.toUpperCase(),
  deliveryId: mail.id,
  messageId: `${mail.id}@mg.test`,
  ...changes,
});

async function expectTruth(domain: PolledDomain): Promise<void> {
  const { stored, truth, events } = await fixture.compare(domain);
  expect(events).toBeGreaterThan(0);
  expect(stored).toEqual(truth);
}

/** All that can be told of a generated hour and the half hour after which providers are trusted. */
const allToldMs = 75 * minutes;

describe('what is stored equals what the provider knows', () => {
  it('when events show up late, machines open mails and pages come again', async () => {
    const domain = await fixture.generated('late.test', 400, { lateShare: 0.2, lateMs: 29 * minutes });
    const { loops } = await fixture.process();
    await fixture.tickUntil(loops, fixture.nowMs + allToldMs);
    await expectTruth(domain);
    await loops.schedule(new Date(fixture.nowMs - 3 * 3_600_000), new Date(fixture.nowMs));
    await fixture.tickUntil(loops, fixture.nowMs + 1);
    await expectTruth(domain);
    expect((await loops.status()).scheduled).toMatchObject({ schedule: null, lastError: null });
  });

  it('when more than a run takes carry the same instant', async () => {
    const domain = await fixture.domain('burst.test', 12_000, (mails) => {
      const log = new WrittenLog();
      for (const mail of mails.slice(0, 11_900)) log.add(event(mail, fixture.nowMs));
      for (const mail of mails.slice(11_900)) log.add(event(mail, fixture.nowMs + 1));
      return log;
    });
    const { loops } = await fixture.process();
    await fixture.tickUntil(loops, fixture.nowMs + 40 * minutes);
    await expectTruth(domain);
  });

  it('of two accounts, when one stops at its limit and the other is behind', async () => {
    const big = await fixture.domain('big.test', 11_000, (mails) => {
      const log = new WrittenLog();
      for (const [at, mail] of mails.entries()) log.add(event(mail, fixture.nowMs - 20 * minutes + at * 60));
      return log;
    });
    const small = await fixture.generated('small.test', 50, {
      startMs: fixture.nowMs - 25 * minutes,
      spanMs: 20 * minutes,
    });
    const { loops } = await fixture.process();
    fixture.nowMs += 300_000;
    await loops.run();
    await expectTruth(small);
    await fixture.tickUntil(loops, fixture.nowMs + 40 * minutes);
    await expectTruth(big);
    await expectTruth(small);
  });

  it('of one account while the other refuses, and of that one once it is well again', async () => {
    const ill = await fixture.generated('ill.test', 60);
    const well = await fixture.generated('well.test', 60);
    const account = fixture.mock.addDomain(ill.name, 'another key', ill.log);
    const { loops } = await fixture.process();
    await fixture.tickUntil(loops, fixture.nowMs + allToldMs);
    await expectTruth(well);
    expect(await loops.status()).toMatchObject({ latestOpened: { lastError: 'HTTP 401', running: false } });
    expect((await fixture.compare(ill)).stored).toEqual([]);
    account.apiKey = `key of ${ill.name}`;
    await fixture.tickUntil(loops, fixture.nowMs + 25 * minutes);
    await expectTruth(ill);
    expect(await loops.status()).toMatchObject({ latestOpened: { lastError: null } });
  });

  it('when nobody opens anything, and failures show up late', async () => {
    const domain = await fixture.domain('unopened.test', 60, (mails) => {
      const log = new WrittenLog();
      for (const [at, mail] of mails.entries()) {
        const told = fixture.nowMs + at * minutes;
        log.add(event(mail, told, { visibleMs: told + (at % 2) * 28 * minutes }));
      }
      return log;
    });
    const { loops } = await fixture.process();
    await fixture.tickUntil(loops, fixture.nowMs + 110 * minutes);
    await expectTruth(domain);
  });

  it.each(['before its events are stored', 'after they are stored'])(
    'when the process ends at each page in turn, %s',
    async (when) => {
      const domain = await fixture.generated('restart.test', 1_500, { lateShare: 0.1, lateMs: 25 * minutes });
      const endMs = fixture.nowMs + allToldMs;
      const crash = (afterPages: number): AroundPage => {
        let pages = 0;
        return async (store) => {
          pages += 1;
          if (pages <= afterPages) return store();
          if (when.startsWith('after')) await store();
          throw new Error('the process ended');
        };
      };
      for (let life = 0; fixture.nowMs < endMs; life += 1) {
        const { loops } = await fixture.process(
          fixture.nowMs < endMs - 30 * minutes ? { around: crash(life % 4) } : {},
        );
        await fixture.tickUntil(loops, fixture.nowMs + 5 * minutes);
      }
      const { loops } = await fixture.process();
      await fixture.tickUntil(loops, fixture.nowMs + 40 * minutes);
      await expectTruth(domain);
    },
  );
});

describe('one process at a time', () => {
  it('reads, of two that try', async () => {
    await fixture.generated('one.test', 100, { startMs: fixture.nowMs - 20 * minutes, spanMs: 10 * minutes });
    const [first, second] = [await fixture.process(), await fixture.process()];
    await Promise.all([first.loops.run(), second.loops.run(), first.loops.run()]);
    const alone = fixture.mock.eventCalls;
    const other = await LoopsFixture.create();
    await other.generated('one.test', 100, { startMs: other.nowMs - 20 * minutes, spanMs: 10 * minutes });
    await (await other.process()).loops.run();
    expect(alone).toBe(other.mock.eventCalls);
    await other.close();
  });

  it('moves the cursor: not one that stood still until another took over', async () => {
    const domain = await fixture.written('stuck.test', 2);
    const [mail, later] = domain.mails as [TestMail, TestMail];
    (domain.log as WrittenLog).add(event(mail, fixture.nowMs - 10 * minutes));
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    let isStuck = false;
    const stuck = await fixture.process({
      leaseMs: 200,
      around: async (store) => {
        isStuck = true;
        await gate;
        return store();
      },
    });
    const standing = stuck.loops.run();
    await waitFor(() => isStuck);
    (domain.log as WrittenLog).add(event(later, fixture.nowMs - 9 * minutes));
    const next = await fixture.process();
    await waitFor(async () => {
      await next.loops.run();
      return (await fixture.loopRow('latest', domain))?.finishedAt;
    });
    const cursor = (await fixture.loopRow('latest', domain))?.finishedAt;
    expect(cursor).toEqual(new Date(fixture.nowMs - 9 * minutes));
    goOn();
    await standing;
    expect(await fixture.loopRow('latest', domain)).toMatchObject({ finishedAt: cursor, status: 'finished' });
    await expectTruth(domain);
  });
});

describe('a replay', () => {
  /** Events so old that only a replay finds them: two pages. */
  const old = () => fixture.generated('old.test', 300, { startMs: fixture.nowMs - 86_400_000, spanMs: 3_600_000 });
  const schedule = ({ loops }: Awaited<ReturnType<LoopsFixture['process']>>, from = 24) =>
    loops.schedule(new Date(fixture.nowMs - from * 3_600_000), new Date(fixture.nowMs - 3_600_000));

  it('is read to its end, and is over', async () => {
    const domain = await old();
    const process = await fixture.process();
    await schedule(process);
    expect((await process.loops.status()).scheduled.schedule).not.toBeNull();
    while (await process.loops.run());
    await expectTruth(domain);
    expect((await process.loops.status()).scheduled).toMatchObject({ schedule: null, running: false });
  });

  it('is gone on with by the next process, where the last one stopped', async () => {
    const domain = await old();
    let pages = 0;
    const first = await fixture.process({
      around: (store) => {
        pages += 1;
        return pages === 2 ? Promise.reject(new Error('the process ended')) : store();
      },
    });
    await schedule(first);
    await first.loops.run();
    const stopped = await fixture.loopRow('scheduled', domain);
    expect(stopped).toMatchObject({ status: 'failed', lastError: 'the process ended' });
    const begins: Date[] = [];
    const second = await fixture.process({
      around: async (store) => {
        begins.push((await fixture.loopRow('scheduled', domain))?.startedAt as Date);
        return store();
      },
    });
    while (await second.loops.run());
    expect(begins[0]).toEqual(stopped?.finishedAt);
    await expectTruth(domain);
  });

  it('cannot be asked for while one is read; before that it is replaced', async () => {
    await old();
    const asked: unknown[] = [];
    const process: Awaited<ReturnType<LoopsFixture['process']>> = await fixture.process({
      around: async (store) => {
        asked.push(await schedule(process).catch((error: unknown) => error));
        return store();
      },
    });
    await schedule(process, 10);
    await schedule(process, 24);
    const { scheduled } = await process.loops.status();
    expect(scheduled.schedule?.begin).toBe(new Date(fixture.nowMs - 24 * 3_600_000).toISOString());
    await process.loops.run();
    expect(asked[0]).toMatchObject({ code: 'running' });
  });

  it('that is cancelled before it begins never does', async () => {
    const domain = await old();
    const { loops, ...process } = await fixture.process();
    await schedule({ loops, ...process });
    await loops.cancel();
    while (await loops.run());
    expect((await fixture.compare(domain)).stored).toEqual([]);
    expect((await loops.status()).scheduled).toMatchObject({ schedule: null, canceled: false });
  });

  it('that is cancelled while it is read ends after the page in hand, without a fault', async () => {
    await old();
    let pages = 0;
    const process: Awaited<ReturnType<LoopsFixture['process']>> = await fixture.process({
      around: async (store) => {
        pages += 1;
        await process.loops.cancel();
        expect((await process.loops.status()).scheduled).toMatchObject({ canceled: true, running: true });
        return store();
      },
    });
    await schedule(process);
    while (await process.loops.run());
    expect(pages).toBe(1);
    const { scheduled } = await process.loops.status();
    expect(scheduled).toMatchObject({ schedule: null, canceled: false, running: false, lastError: null });
    expect((await fixture.events.rows('select 1 from mail.events')).length).toBe(300);
  });

  it('that was cancelled as its process ended is over', async () => {
    await old();
    const process: Awaited<ReturnType<LoopsFixture['process']>> = await fixture.process({
      around: async () => {
        await process.loops.cancel();
        throw new Error('the process ended');
      },
    });
    await schedule(process);
    await process.loops.run();
    const next = await fixture.process();
    while (await next.loops.run());
    expect((await next.loops.status()).scheduled).toMatchObject({ schedule: null, canceled: false });
    expect((await fixture.events.rows('select 1 from mail.events')).length).toBe(0);
  });

  it('is cancelled where there is none', async () => {
    await old();
    const { loops } = await fixture.process();
    await expect(loops.cancel()).resolves.toBeUndefined();
  });

  it.each([
    ['begin at the end', 0, 0, 'invalid_window'],
    ['begin after the end', 0, 1, 'invalid_window'],
    ['an end the provider has forgotten', 50 * 24, 40 * 24, 'invalid_window'],
    ['no date', NaN, 1, 'invalid_window'],
  ])('with %s is refused', async (_, beginHours, endHours, code) => {
    await old();
    const { loops } = await fixture.process();
    const at = (hours: number) => new Date(fixture.nowMs - hours * 3_600_000);
    await expect(loops.schedule(at(beginHours), at(endHours))).rejects.toMatchObject({ code });
  });

  it('without an account to ask is refused', async () => {
    const process = await fixture.process();
    await expect(schedule(process)).rejects.toMatchObject({ code: 'no_source' });
  });

  it.each(['null', '"text"', '[]', '{"schedule": 1}', '{"schedule": {"id": "x", "begin": "soon", "end": "later"}}'])(
    'stored as %s is none',
    async (metadata) => {
      const domain = await old();
      const { loops } = await fixture.process();
      const { domains } = await loops.status();
      await fixture.sql.query(`insert into mail.loops (name, domain, metadata) values ('scheduled', $1, $2::jsonb)`, [
        `${domain.serviceId}:${domains[0]?.domain}`,
        metadata,
      ]);
      expect((await loops.status()).scheduled.schedule).toBeNull();
      expect(await loops.run()).toBe(false);
      await loops.cancel();
      await schedule({ loops } as never);
      expect((await loops.status()).scheduled.schedule).not.toBeNull();
    },
  );
});

describe('where a loop begins', () => {
  it('is where the stored mails end, once; after that, where it stopped', async () => {
    const domain = await fixture.written('begin.test', 3);
    const newest = new Date(fixture.nowMs - 5_000_000);
    await fixture.sql.query('update mail.deliveries set delivered_at = $1 where id = $2', [
      newest,
      domain.mails[0]?.id,
    ]);
    (domain.log as WrittenLog).add(event(domain.mails[1] as TestMail, fixture.nowMs - 600_500));
    await (await fixture.process()).loops.run();
    expect(await fixture.loopRow('latest', domain)).toMatchObject({
      startedAt: newest,
      finishedAt: new Date(fixture.nowMs - 600_500),
      status: 'finished',
    });
    const again = await fixture.process();
    await again.loops.run();
    expect((await fixture.loopRow('latest', domain))?.startedAt).toEqual(new Date(fixture.nowMs - 600_500));
    fixture.nowMs += 1_000;
    await again.loops.run();
    expect((await fixture.loopRow('latest', domain))?.startedAt).toEqual(new Date(fixture.nowMs - 600_500));
  });

  it('is written before the first page is asked for', async () => {
    const domain = await fixture.written('before.test', 1);
    const seen: unknown[] = [];
    (domain.log as WrittenLog).add(event(domain.mails[0] as TestMail, fixture.nowMs - 600_000));
    const { loops } = await fixture.process({
      around: async (store) => {
        seen.push(await fixture.loopRow('latest', domain), (await loops.status()).latest.running);
        return store();
      },
    });
    await loops.run();
    expect(seen).toMatchObject([
      { status: 'started', startedAt: new Date(fixture.nowMs - 1_800_000), finishedAt: null },
      true,
    ]);
  });
});

describe('the state of the loops', () => {
  it('has every key before any run', async () => {
    const { loops } = await fixture.process();
    const loop = {
      running: false,
      lastStarted: null,
      lastBegin: null,
      lastEventTimestamp: null,
      canceled: false,
      lastError: null,
      lastFinished: null,
      eventsLastRun: 0,
      lagSeconds: 0,
    };
    expect(await loops.status()).toEqual({
      latest: { ...loop, jobName: 'email-analytics-latest-others' },
      latestOpened: { ...loop, jobName: 'email-analytics-latest-opened' },
      missing: { ...loop, jobName: 'email-analytics-missing' },
      scheduled: { ...loop, jobName: 'email-analytics-scheduled', schedule: null },
      domains: [],
      withoutEvents: [],
    });
  });

  it('names services that tell nothing, and tells of events, faults and lag', async () => {
    const domain = await fixture.written('state.test', 1);
    (domain.log as WrittenLog).add(event(domain.mails[0] as TestMail, fixture.nowMs - 600_000));
    const smtp = await fixture.events.service('smtp');
    const { loops, catalogue } = await fixture.process();
    await loops.run();
    await catalogue.refresh();
    const status = await loops.status();
    expect(status.withoutEvents).toEqual([{ serviceId: smtp, orgId: fixture.events.orgId, name: 'smtp' }]);
    expect(status.latest).toMatchObject({ eventsLastRun: 1, lagSeconds: 0, lastError: null });
    expect(status.domains[0]?.domain).toMatch(/^127\.0\.0\.1:\d+\/state\.test$/);
    fixture.mock.answerNext(200, 'not a page');
    await loops.run();
    expect((await loops.status()).latestOpened).toMatchObject({ lastError: expect.stringContaining('malformed') });
    fixture.nowMs += 300_000;
    fixture.mock.answerNext(200, { items: [], paging: {} });
    fixture.mock.answerNext(500, {});
    await loops.run();
    expect((await loops.status()).latest).toMatchObject({ lastError: 'HTTP 500', lagSeconds: 900 });
  });
});

it('asks nothing of an account without key or domain, and uses settings as they are now', async () => {
  const domain = await fixture.generated('bare.test', 20, { startMs: fixture.nowMs - 20 * minutes, spanMs: minutes });
  const { rows } = await fixture.sql.query<{ password: string }>('select password from catalog.services');
  await fixture.sql.query(`update catalog.services set password = ''`);
  const { loops } = await fixture.process();
  await loops.run();
  expect(fixture.mock.calls).toHaveLength(0);
  await fixture.sql.query('update catalog.services set password = $1', [rows[0]?.password]);
  await loops.run();
  expect((await fixture.compare(domain)).stored.length).toBeGreaterThan(0);
});

it('reads no events of a type that another loop reads', async () => {
  await fixture.generated('types.test', 60, { startMs: fixture.nowMs - 20 * minutes, spanMs: minutes });
  await (await fixture.process()).loops.run();
  const asked = fixture.mock.calls.flatMap(({ query }) => query.get('event') ?? []);
  expect([...new Set(asked)].slice(0, 2)).toEqual(['opened', 'delivered OR failed OR unsubscribed OR complained']);
});
