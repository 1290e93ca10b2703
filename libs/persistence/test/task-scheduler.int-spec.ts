import type { EntityManager } from 'typeorm';
import { waitFor } from '@groundswell/testing';
import type { Database } from '../src/database';
import { LeaseRepository } from '../src/leases/lease.repository';
import { TaskScheduler, type ScheduledTask } from '../src/leases/task-scheduler';
import { recordingLogger, useDatabase } from './use-database';

const db = useDatabase();
const everyMs = 20;

/** Leases that run out when a test says so, and not when the machine stalls. */
class LongLeases extends LeaseRepository {
  override acquire(manager: EntityManager, name: string, holder: string): Promise<number | null> {
    return super.acquire(manager, name, holder, 600_000);
  }
}

type Range = Parameters<ScheduledTask['run']>[0];

describe('the task scheduler', () => {
  let database: Database;
  let schedulers: TaskScheduler[];
  let taskId: string;
  let tasks = 0;

  beforeAll(async () => {
    database = await db.process();
  });
  beforeEach(() => {
    schedulers = [];
    taskId = `task-${(tasks += 1)}`;
  });
  afterEach(async () => {
    for (const scheduler of schedulers) await scheduler.stop();
  });

  const aReplica = (holder: string, periodMs = everyMs, delayMs: number | null = 0) => {
    const logger = recordingLogger();
    const turns: string[] = [];
    const metrics = { turned: (task: string, outcome: string) => void turns.push(`${task} ${outcome}`) };
    const scheduler = new TaskScheduler(database, new LongLeases('actions'), holder, logger, metrics, delayMs);
    schedulers.push(scheduler);
    const ranges: Range[] = [];
    let work: () => Promise<void> = () => Promise.resolve();
    scheduler.start({
      id: taskId,
      everyMs: periodMs,
      run: async (range) => {
        ranges.push(range);
        await work();
      },
    });
    return { scheduler, ranges, turns, logger, does: (next: () => Promise<void>) => (work = next) };
  };
  const runOutLease = () =>
    db.rows(`update actions.leases set expires_at = now() - interval '1 second' where name = $1`, [taskId]);

  it('runs a task again and again, each time from the end of the last run', async () => {
    const { ranges } = aReplica('a');
    await waitFor(() => ranges.length >= 3);
    const [first, second, third] = ranges;
    expect(first?.since).toBeNull();
    expect(second?.since).toEqual(first?.until);
    expect(third?.since).toEqual(second?.until);
  });

  it('begins once background work may, and never where that is off', async () => {
    const off = aReplica('off', everyMs, null);
    taskId = `task-${(tasks += 1)}`;
    const startedAt = Date.now();
    const late = aReplica('late', everyMs, 300);
    await waitFor(() => late.ranges.length >= 3);
    // A timer may be early by a millisecond of the other clock.
    expect(Number(late.ranges[0]?.until)).toBeGreaterThanOrEqual(startedAt + 290);
    expect(off.turns).toEqual([]);
  });

  it('has one of two replicas run a task, the other once that one is gone', async () => {
    await db.rows(
      `insert into actions.leases (name, holder, fencing, expires_at) values ($1, 'a', 1, now() + interval '1 minute')`,
      [taskId],
    );
    const [a, b] = [aReplica('a'), aReplica('b')];
    await waitFor(() => a.ranges.length >= 3);
    expect(b.ranges).toEqual([]);
    await waitFor(() => b.turns.length > 0);
    expect([a.turns[0], b.turns[0]]).toEqual([`${taskId} done`, `${taskId} elsewhere`]);
    await a.scheduler.stop();
    await runOutLease();
    await waitFor(() => b.ranges.length >= 1);
    expect(b.ranges[0]?.since).toBeNull();
  });

  it('tries a failed run again, over the range that is still to do', async () => {
    const { ranges, logger, does } = aReplica('a');
    await waitFor(() => ranges.length >= 1);
    does(() => Promise.reject(new Error('no luck')));
    await waitFor(() => logger.lines.length >= 2);
    const failedFrom = ranges.at(-1)?.since;
    does(() => Promise.resolve());
    const before = ranges.length;
    await waitFor(() => ranges.length >= before + 2);
    expect(ranges[before]?.since).toEqual(failedFrom);
    expect(ranges[before + 1]?.since).toEqual(ranges[before]?.until);
    expect(logger.lines[0]).toMatchObject({ level: 'warn', text: 'task failed', task: taskId, reason: 'no luck' });
  });

  it('does not begin a run while the last one goes on', async () => {
    const { ranges, does } = aReplica('a');
    let running = 0;
    let most = 0;
    let done = 0;
    does(async () => {
      most = Math.max(most, (running += 1));
      await database.query('select pg_sleep(0.05)');
      running -= 1;
      done += 1;
    });
    await waitFor(() => done >= 3);
    expect(most).toBe(1);
    expect(ranges.length).toBeLessThanOrEqual(done + 1);
  });

  it('waits for the run under way when it stops, and begins no other', async () => {
    const { scheduler, ranges, does } = aReplica('a');
    let finish: () => void = () => undefined;
    let isFinished = false;
    does(async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      await database.query('select 1');
      isFinished = true;
    });
    await waitFor(() => ranges.length === 1);
    const stopping = scheduler.stop();
    finish();
    await stopping;
    expect(isFinished).toBe(true);
    expect(ranges).toHaveLength(1);
  });

  it('goes on after the database was away', async () => {
    const away = await db.process();
    await away.close();
    const logger = recordingLogger();
    const scheduler = new TaskScheduler(away, new LeaseRepository('actions'), 'a', logger);
    schedulers.push(scheduler);
    scheduler.start({ id: taskId, everyMs, run: () => Promise.reject(new Error('not reached')) });
    await waitFor(() => logger.lines.length >= 2);
    expect(logger.lines[0]?.reason).toMatch(/database away/);
  });
});
