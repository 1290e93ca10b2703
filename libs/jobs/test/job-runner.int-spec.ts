import { z } from 'zod';
import { waitFor } from '@groundswell/testing';
import { PermanentJobError, StepRefusedError, defineJob } from '../src/index';
import { count, countingJob, type CountingRun } from './counting';
import { useJobs } from './use-jobs';

const jobs = useJobs();
const plain = countingJob('plain');
const endOf = (id: number) =>
  waitFor(async () => {
    const job = await jobs.job(id);
    return job.finishedAt ? job : null;
  });
/** A door that handlers wait at. */
const aDoor = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
};

describe('a job', () => {
  it('is done once by one of two processes, step by step', async () => {
    const workers = [await jobs.worker([[plain, count]]), await jobs.worker([[plain, count]])];
    const added = await Promise.all(Array.from({ length: 10 }, () => jobs.add(plain, { payload: { steps: 3 } })));
    for (const { id } of added) {
      const job = await endOf(id);
      expect(job).toMatchObject({
        state: 'complete',
        claims: 1,
        result: { counted: 3 },
        progress: { done: 3, total: 3 },
      });
      expect(await jobs.effects(id)).toEqual([1, 2, 3]);
    }
    expect(workers.flatMap(({ lines }) => lines.filter(({ text }) => text === 'job ended'))).toHaveLength(10);
  });

  it('waits for a process whose background work has begun, and leaves alone one that does none', async () => {
    const off = await jobs.worker([[plain, count]], { startDelayMs: null });
    const late = await jobs.worker([[plain, count]], { startDelayMs: 300 });
    const { id } = await jobs.add(plain, { payload: { steps: 1 } });
    for (const { runner } of [off, late]) runner.wake();
    await endOf(id);
    expect(off.lines).toEqual([]);
    expect(late.lines.filter(({ text }) => text === 'job ended')).toHaveLength(1);
    await off.runner.stop();
  });

  it('exists only when the transaction that adds it commits', async () => {
    await jobs.worker([[plain, count]]);
    const adding = jobs.own.transaction(async (manager) => {
      await jobs.queue.add(manager, plain, { payload: { steps: 1 } });
      throw new Error('second thoughts');
    });
    await expect(adding).rejects.toThrow('second thoughts');
    expect(await jobs.rows('select from actions.jobs')).toEqual([]);
  });

  it('is one per key and type, also when it is done and forgotten', async () => {
    const other = countingJob('other');
    const { runner } = await jobs.worker([
      [plain, count],
      [other, count],
    ]);
    const payload = { steps: 1 };
    const twins = await Promise.all([1, 2, 3].map(() => jobs.add(plain, { key: 'k', payload })));
    expect(new Set(twins.map(({ id }) => id)).size).toBe(1);
    expect(twins.filter(({ isNew }) => isNew)).toHaveLength(1);
    const id = twins[0]?.id ?? 0;
    await endOf(id);
    expect(await jobs.add(plain, { key: 'k', payload })).toEqual({ id, isNew: false });
    await jobs.rows('delete from actions.jobs where id = $1', [id]);
    expect(await jobs.add(plain, { key: 'k', payload })).toEqual({ id, isNew: false });
    expect(await jobs.add(other, { key: 'k', payload })).toMatchObject({ isNew: true });
    runner.wake();
    const many = await jobs.own.transaction((manager) =>
      jobs.queue.addAll(manager, plain, [
        { key: 'k', payload },
        { key: 'l', payload },
        { payload },
        { key: 'l', payload },
      ]),
    );
    expect(many.map(({ isNew }) => isNew)).toEqual([false, true, true, false]);
    expect(many[3]?.id).toBe(many[1]?.id);
  });

  it('is refused with a payload that does not fit its type', async () => {
    await expect(jobs.add(plain, { payload: { steps: 'three' } as never })).rejects.toThrow(/steps/);
  });

  it('fails for good when its payload no longer fits', async () => {
    const { id } = await jobs.add(defineJob({ name: 'plain', payload: z.unknown(), cursor: z.unknown() }), {
      payload: {},
    });
    await jobs.worker([[plain, count]]);
    expect(await endOf(id)).toMatchObject({
      state: 'failed',
      claims: 1,
      lastError: expect.stringMatching(/payload.*steps/),
    });
  });

  it('waits until it is due', async () => {
    let ranAt = 0;
    await jobs.worker([[plain, () => Promise.resolve((ranAt ||= Date.now()))]]);
    const { id } = await jobs.add(plain, { payload: { steps: 1 }, notBefore: new Date(Date.now() + 300) });
    const { dueAt } = await jobs.job(id);
    await endOf(id);
    expect(ranAt).toBeGreaterThanOrEqual(dueAt.getTime());
  });
});

describe('jobs that wait', () => {
  /** In the order they were done, by a process with one slot. */
  const orderOf = async (orders: { name: string; orgId?: number; priority?: number }[]): Promise<string[]> => {
    const named = defineJob({
      name: 'named',
      payload: z.string(),
      cursor: z.unknown(),
      concurrency: { perProcess: 1, perOrg: 1 },
    });
    await jobs.own.transaction((manager) =>
      jobs.queue.addAll(
        manager,
        named,
        orders.map(({ name, ...order }) => ({ payload: name, ...order })),
      ),
    );
    const done: string[] = [];
    await jobs.worker([[named, (job) => Promise.resolve(done.push(String(job.payload)))]], { slots: 1 });
    await waitFor(() => done.length === orders.length);
    return done;
  };

  it('go by priority, and in the order they came', async () => {
    const done = await orderOf([
      { name: 'low', priority: -1 },
      { name: 'first' },
      { name: 'second' },
      { name: 'high', priority: 5 },
    ]);
    expect(done).toEqual(['high', 'first', 'second', 'low']);
  });

  it('of one org, however many and urgent, never delay another by more than a turn', async () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ name: `many-${n}`, orgId: 1, priority: 9 }));
    const done = await orderOf([...many, { name: 'a', orgId: 2 }, { name: 'b', orgId: 2 }, { name: 'c', orgId: 3 }]);
    expect(done.indexOf('a')).toBeLessThanOrEqual(2);
    expect(done.indexOf('c')).toBeLessThanOrEqual(2);
    expect(done.indexOf('b')).toBeLessThanOrEqual(4);
  });

  it('run at most as many at once as their type allows, per process and per org', async () => {
    const limited = countingJob('limited', { concurrency: { perProcess: 3, perOrg: 2 } });
    const areMany = aDoor();
    const running = new Map<number, number>();
    let mostOfOrg = 0;
    let mostHere = 0;
    let here = 0;
    const run = async (job: CountingRun) => {
      const ofOrg = (running.get(job.orgId) ?? 0) + 1;
      running.set(job.orgId, ofOrg);
      mostOfOrg = Math.max(mostOfOrg, ofOrg);
      mostHere = Math.max(mostHere, (here += 1));
      await areMany.opened;
      await jobs.own.run((manager) => manager.query('select pg_sleep(0.03)'));
      running.set(job.orgId, (running.get(job.orgId) ?? 0) - 1);
      here -= 1;
    };
    const added = await jobs.own.transaction((manager) =>
      jobs.queue.addAll(
        manager,
        limited,
        Array.from({ length: 24 }, (_, n) => ({ payload: { steps: 1 }, orgId: n % 3 })),
      ),
    );
    await jobs.worker([[limited, run]], { slots: 8 });
    await jobs.worker([[limited, run]], { slots: 8 });
    await waitFor(() => here === 6);
    areMany.open();
    for (const { id } of added) await endOf(id);
    expect([mostOfOrg, mostHere]).toEqual([2, 6]);
  });
});

describe('an attempt that fails', () => {
  it('is made again after a wait, and the job fails after the last one', async () => {
    const twice = countingJob('twice', { attempts: 3, backoff: { firstMs: 40, longestMs: 1_000 } });
    const begun: number[] = [];
    await jobs.worker(
      [
        [
          twice,
          () => {
            begun.push(performance.now());
            return Promise.reject(new Error('no luck'));
          },
        ],
      ],
      {},
      { random: () => 1 },
    );
    const { id } = await jobs.add(twice, { payload: { steps: 1 } });
    expect(await endOf(id)).toMatchObject({ state: 'failed', attempts: 3, lastError: 'no luck' });
    const [first = 0, second = 0, third = 0] = begun;
    expect(second - first).toBeGreaterThanOrEqual(39);
    expect(third - second).toBeGreaterThanOrEqual(79);
  });

  it('goes on where it stood, and its attempts are counted anew once the cursor has moved', async () => {
    const bumpy = countingJob('bumpy', { attempts: 2 });
    const failedAt = new Set<number>();
    await jobs.worker([
      [
        bumpy,
        (job: CountingRun) =>
          count(job, (step) => {
            if (failedAt.has(step)) return;
            failedAt.add(step);
            throw new Error(`no luck with ${step}`);
          }),
      ],
    ]);
    const { id } = await jobs.add(bumpy, { payload: { steps: 4 } });
    expect(await endOf(id)).toMatchObject({ state: 'complete', claims: 5 });
    expect(await jobs.effects(id)).toEqual([1, 2, 3, 4]);
  });

  it('leaves nothing of the step it failed in', async () => {
    let fails = 2;
    await jobs.worker([
      [
        plain,
        (job: CountingRun) =>
          count(job, undefined, (step) => {
            if (step === 2 && (fails -= 1) >= 0) throw new Error('in the middle');
          }),
      ],
    ]);
    const { id } = await jobs.add(plain, { payload: { steps: 3 } });
    await endOf(id);
    expect(await jobs.effects(id)).toEqual([1, 2, 3]);
  });

  it('is the last when the error says so', async () => {
    await jobs.worker([[plain, () => Promise.reject(new PermanentJobError('no such file'))]]);
    const { id } = await jobs.add(plain, { payload: { steps: 1 } });
    expect(await endOf(id)).toMatchObject({ state: 'failed', claims: 1, lastError: 'no such file' });
  });

  it('does not count when the surroundings are at fault', async () => {
    let faults = 3;
    const once = countingJob('once', { attempts: 1 });
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    await jobs.worker([
      [
        once,
        async (job: CountingRun) => {
          if ((faults -= 1) >= 0) throw away;
          return count(job);
        },
      ],
    ]);
    const { id } = await jobs.add(once, { payload: { steps: 1 } });
    await waitFor(async () => {
      // It would wait some seconds.
      await jobs.rows(`update actions.jobs set due_at = now() where state = 'queued' and due_at > now()`);
      return (await jobs.job(id)).state === 'complete';
    });
    expect(await jobs.job(id)).toMatchObject({ attempts: 1, claims: 4, lastError: 'connect' });
  });

  it('is one that takes too long, and what it still does changes nothing', async () => {
    const slow = countingJob('slow', { attempts: 2, timeoutMs: 60 });
    const door = aDoor();
    const refusals: unknown[] = [];
    await jobs.worker(
      [
        [
          slow,
          async (job: CountingRun) => {
            await door.opened;
            await count(job).catch((error: unknown) => refusals.push(error));
          },
        ],
      ],
      { graceMs: 20 },
    );
    const { id } = await jobs.add(slow, { payload: { steps: 1 } });
    expect(await endOf(id)).toMatchObject({ state: 'failed', attempts: 2, lastError: 'took longer than 60 ms' });
    door.open();
    await waitFor(() => refusals.length === 2);
    expect(refusals).toEqual([expect.any(StepRefusedError), expect.any(StepRefusedError)]);
    expect(await jobs.effects(id)).toEqual([]);
  });
});

describe('a process that ends', () => {
  it('by kill leaves its job to another, which goes on where the last step was', async () => {
    const door = aDoor();
    const first = await jobs.worker(
      [[plain, (job: CountingRun) => count(job, (step) => (step === 3 ? door.opened : undefined))]],
      { slots: 1 },
    );
    const { id } = await jobs.add(plain, { payload: { steps: 5 } });
    await waitFor(async () => (await jobs.effects(id)).length === 2);
    await first.kill();
    await jobs.runOutLeases();
    await jobs.worker([[plain, count]]);
    expect(await endOf(id)).toMatchObject({ state: 'complete', claims: 2 });
    expect(await jobs.effects(id)).toEqual([1, 2, 3, 4, 5]);
  });

  it('in the middle of a step leaves nothing of that step', async () => {
    const isInside = aDoor();
    const first = await jobs.worker(
      [
        [
          plain,
          (job: CountingRun) =>
            count(job, undefined, async (step) => {
              if (step !== 2) return;
              isInside.open();
              await new Promise(() => undefined);
            }),
        ],
      ],
      { slots: 1 },
    );
    const { id } = await jobs.add(plain, { payload: { steps: 3 } });
    await isInside.opened;
    await first.kill();
    await jobs.runOutLeases();
    await jobs.worker([[plain, count]]);
    await endOf(id);
    expect(await jobs.effects(id)).toEqual([1, 2, 3]);
  });

  it('is told so when it was only frozen: its late step is refused, and its end changes nothing', async () => {
    const door = aDoor();
    const refusals: unknown[] = [];
    const late = await jobs.worker(
      [
        [
          plain,
          async (job: CountingRun) => {
            try {
              return await count(job, (step) => (step === 2 ? door.opened : undefined));
            } catch (error) {
              refusals.push(error);
              throw error;
            }
          },
        ],
      ],
      { slots: 1 },
    );
    const { id } = await jobs.add(plain, { payload: { steps: 3 } });
    await waitFor(async () => (await jobs.effects(id)).length === 1);
    late.line.freeze();
    await jobs.runOutLeases();
    const isTaken = aDoor();
    const isThawed = aDoor();
    await jobs.worker([
      [
        plain,
        async (job: CountingRun) => {
          isTaken.open();
          await isThawed.opened;
          return count(job);
        },
      ],
    ]);
    await isTaken.opened;
    door.open();
    late.line.thaw();
    await waitFor(() => refusals.length === 1);
    expect(refusals[0]).toMatchObject({ code: 'jobs.step_refused' });
    expect(await jobs.job(id)).toMatchObject({ state: 'running', claims: 2 });
    isThawed.open();
    expect(await endOf(id)).toMatchObject({ state: 'complete', claims: 2 });
    expect(await jobs.effects(id)).toEqual([1, 2, 3]);
  });

  it('is told so when it was only frozen and has finished meanwhile: the end is that of the one who has the job', async () => {
    const door = aDoor();
    const isInside = aDoor();
    const late = await jobs.worker(
      [
        [
          plain,
          async () => {
            isInside.open();
            await door.opened;
            return 'late';
          },
        ],
      ],
      { slots: 1 },
    );
    const { id } = await jobs.add(plain, { payload: { steps: 1 } });
    await isInside.opened;
    late.line.freeze();
    await jobs.runOutLeases();
    const isTaken = aDoor();
    const isThawed = aDoor();
    await jobs.worker([
      [
        plain,
        async () => {
          isTaken.open();
          await isThawed.opened;
          return 'in time';
        },
      ],
    ]);
    await isTaken.opened;
    door.open();
    await new Promise(setImmediate);
    late.line.thaw();
    await waitFor(() => late.lines.some(({ outcome }) => outcome === 'lost'));
    expect(await jobs.job(id)).toMatchObject({ state: 'running', claims: 2, result: null });
    isThawed.open();
    expect(await endOf(id)).toMatchObject({ state: 'complete', claims: 2, result: 'in time' });
  });

  it('by each job it runs does not go on for ever: the job fails', async () => {
    const deadly = countingJob('deadly', { attempts: 2 });
    const { id } = await jobs.add(deadly, { payload: { steps: 1 } });
    for (const _ of [1, 2]) {
      const isInside = aDoor();
      const worker = await jobs.worker(
        [
          [
            deadly,
            () => {
              isInside.open();
              return new Promise(() => undefined);
            },
          ],
        ],
        { slots: 1 },
      );
      await isInside.opened;
      await worker.kill();
      await jobs.runOutLeases();
    }
    await jobs.worker([[deadly, count]]);
    expect(await endOf(id)).toMatchObject({ state: 'failed', claims: 2, lastError: 'its process was lost' });
  });

  it('on purpose takes nothing more, finishes the step in hand, and hands the job back without counting an attempt', async () => {
    const door = aDoor();
    const isInside = aDoor();
    const once = countingJob('once', { attempts: 1 });
    const { runner } = await jobs.worker([
      [
        once,
        (job: CountingRun) =>
          count(job, undefined, async (step) => {
            if (step !== 2) return;
            isInside.open();
            await door.opened;
          }),
      ],
    ]);
    const { id } = await jobs.add(once, { payload: { steps: 4 } });
    await isInside.opened;
    const stopping = runner.stop();
    door.open();
    await stopping;
    expect(await jobs.job(id)).toMatchObject({ state: 'queued', attempts: 0, claims: 1, lockedBy: null });
    expect(await jobs.effects(id)).toEqual([1, 2]);
    expect(await jobs.rows('select from actions.job_workers')).toEqual([]);
    await jobs.worker([[once, count]]);
    expect(await endOf(id)).toMatchObject({ state: 'complete', claims: 2 });
    expect(await jobs.effects(id)).toEqual([1, 2, 3, 4]);
  });

  it('on purpose does not wait longer than the grace for a handler that does not hear', async () => {
    const isInside = aDoor();
    const { runner, lines } = await jobs.worker(
      [
        [
          plain,
          () => {
            isInside.open();
            return new Promise(() => undefined);
          },
        ],
      ],
      { graceMs: 50 },
    );
    const { id } = await jobs.add(plain, { payload: { steps: 1 } });
    await isInside.opened;
    await runner.stop();
    expect(await jobs.job(id)).toMatchObject({ state: 'queued', attempts: 0 });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', text: 'a job did not end when told to' }));
  });

  it('on purpose lets a handler finish that is quick', async () => {
    const isInside = aDoor();
    const door = aDoor();
    const { runner } = await jobs.worker([
      [
        plain,
        async () => {
          isInside.open();
          await door.opened;
        },
      ],
    ]);
    const { id } = await jobs.add(plain, { payload: { steps: 1 } });
    await isInside.opened;
    const stopping = runner.stop();
    door.open();
    await stopping;
    expect(await jobs.job(id)).toMatchObject({ state: 'complete' });
  });
});

describe('a step whose commit was never answered', () => {
  it('is not done again, not even by a handler that tries it at once', async () => {
    const refusals: unknown[] = [];
    const worker = await jobs.worker(
      [
        [
          plain,
          async (job: CountingRun) => {
            const within = (step: number) => {
              if (step === 2 && refusals.length === 0) worker.line.losesAnswer = true;
            };
            try {
              return await count(job, undefined, within);
            } catch (error) {
              refusals.push(error);
              return await count(job).catch((again: unknown) => {
                refusals.push(again);
                throw again;
              });
            }
          },
        ],
      ],
      { slots: 1 },
    );
    const { id } = await jobs.add(plain, { payload: { steps: 3 } });
    await waitFor(() => refusals.length === 2);
    expect(refusals).toEqual([
      expect.objectContaining({ code: 'ECONNRESET' }),
      expect.objectContaining({ code: 'jobs.step_refused' }),
    ]);
    await endOf(id);
    expect(await jobs.effects(id)).toEqual([1, 2, 3]);
  });
});

describe('a long job', () => {
  it('is kept by its process beyond the lease, also during one long step', async () => {
    const sleeper = countingJob('sleeper');
    const isKept = async (leaseMs: number) => {
      const sleep = `select pg_sleep(${(2 * leaseMs) / 1_000})`;
      const nap = () => jobs.own.run((manager) => manager.query(sleep)).then(() => undefined);
      const run = (job: CountingRun) => count(job, nap, nap);
      const workers = [
        await jobs.worker([[sleeper, run]], { leaseMs }),
        await jobs.worker([[sleeper, run]], { leaseMs }),
      ];
      const { id: long } = await jobs.add(sleeper, { payload: { steps: 1 } });
      const { state, claims } = await endOf(long);
      await Promise.all(workers.map(({ runner }) => runner.stop()));
      return state === 'complete' && claims === 1;
    };
    let leaseMs = 225;
    // A machine that stalls for a whole lease does lose the job: then once more, with a longer one.
    await waitFor(() => isKept((leaseMs *= 2)));
  });
});
