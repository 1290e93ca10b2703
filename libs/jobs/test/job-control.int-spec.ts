import { Metrics } from '@groundswell/observability';
import { waitFor } from '@groundswell/testing';
import { JobControl, JobReadModel, nothingToDo, PrometheusJobMetrics, type JobFilter } from '../src/index';
import { JobPlanner } from '../src/job-schedule';
import { count, countingJob, type CountingRun } from './counting';
import { useJobs } from './use-jobs';

const jobs = useJobs();
const plain = countingJob('plain');
const control = new JobControl('actions');
const stateOf = async (id: number) => (await jobs.job(id)).state;
const reaches = (id: number, state: string) => waitFor(async () => (await stateOf(id)) === state);
const doing = <T>(work: (...args: [Parameters<Parameters<typeof jobs.own.run>[0]>[0]]) => Promise<T>) =>
  jobs.own.transaction(work);
const list = (filter: JobFilter, limit = 10, beforeId?: number) =>
  jobs.own.run((manager) => new JobReadModel(manager, 'actions').list(filter, { limit, beforeId }));
const payload = { steps: 3 };

describe('a person', () => {
  it('calls off a job that waits', async () => {
    const { id } = await jobs.add(plain, { payload });
    expect(await doing((manager) => control.cancel(manager, id))).toBe(true);
    expect(await stateOf(id)).toBe('canceled');
    const { id: next } = await jobs.add(plain, { payload });
    await jobs.worker([[plain, count]]);
    await reaches(next, 'complete');
    expect(await stateOf(id)).toBe('canceled');
    expect(await doing((manager) => control.cancel(manager, id))).toBe(false);
  });

  it('calls off a job that runs: no further step of it is done', async () => {
    await jobs.worker(
      [
        [
          plain,
          (job: CountingRun) =>
            count(job, async (step) => {
              if (step === 2) await doing((manager) => control.cancel(manager, job.id));
            }),
        ],
      ],
      { leaseMs: 60_000 },
    );
    const { id } = await jobs.add(plain, { payload });
    await reaches(id, 'canceled');
    expect(await jobs.effects(id)).toEqual([1]);
  });

  it('calls off a job that waits for something outside', async () => {
    await jobs.worker(
      [
        [
          plain,
          ({ signal }) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(new Error('told to end')));
            }),
        ],
      ],
      { leaseMs: 300 },
    );
    const { id } = await jobs.add(plain, { payload });
    await reaches(id, 'running');
    expect(await doing((manager) => control.cancel(manager, id))).toBe(true);
    await reaches(id, 'canceled');
  });

  it('calls off a job whose attempt then fails: it is not tried again', async () => {
    const run = async (job: CountingRun) => {
      await doing((manager) => control.cancel(manager, job.id));
      throw new Error('no luck');
    };
    await jobs.worker([[plain, run]], { leaseMs: 60_000 });
    const { id } = await jobs.add(plain, { payload });
    await reaches(id, 'canceled');
    expect(await jobs.job(id)).toMatchObject({ claims: 1, lastError: 'no luck' });
  });

  it('has a failed job done again, from where it stood', async () => {
    const once = countingJob('once', { attempts: 1 });
    let isBroken = true;
    await jobs.worker([
      [
        once,
        (job: CountingRun) =>
          count(job, (step) => {
            if (step === 3 && isBroken) throw new Error('broken');
          }),
      ],
    ]);
    const { id } = await jobs.add(once, { payload, orgId: 7 });
    await reaches(id, 'failed');
    isBroken = false;
    expect(await doing((manager) => control.retry(manager, id, 8))).toBe(false);
    expect(await doing((manager) => control.retry(manager, id, 7))).toBe(true);
    await reaches(id, 'complete');
    expect(await jobs.effects(id)).toEqual([1, 2, 3]);
    expect(await doing((manager) => control.retry(manager, id))).toBe(false);
  });

  it('pauses a type: its jobs wait, those of others are done', async () => {
    const other = countingJob('other');
    await doing((manager) => control.pause(manager, 'plain', 'somebody'));
    const { id } = await jobs.add(plain, { payload });
    const { id: next } = await jobs.add(other, { payload });
    await jobs.worker([
      [plain, count],
      [other, count],
    ]);
    await reaches(next, 'complete');
    expect(await stateOf(id)).toBe('queued');
    expect(await doing((manager) => control.resume(manager, 'plain'))).toBe(true);
    await reaches(id, 'complete');
    expect(await doing((manager) => control.resume(manager, 'plain'))).toBe(false);
  });

  it('sees jobs by state, type and org, page by page', async () => {
    const other = countingJob('other');
    const ids: number[] = [];
    for (const [type, orgId] of [
      [plain, 1],
      [other, 1],
      [plain, 2],
      [plain, 1],
    ] as const) {
      ids.push((await jobs.add(type, { payload, orgId, createdBy: 'user 5' })).id);
    }
    await doing((manager) => control.cancel(manager, ids[3] ?? 0));
    const seen = async (filter: JobFilter) => (await list(filter)).map(({ id }) => ids.indexOf(id));
    expect(await seen({})).toEqual([3, 2, 1, 0]);
    expect(await seen({ orgId: 1 })).toEqual([3, 1, 0]);
    expect(await seen({ orgId: 1, type: 'plain', state: 'queued' })).toEqual([0]);
    const [first, second] = await list({}, 2);
    expect((await list({}, 2, second?.id)).map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    expect(first).toMatchObject({ state: 'canceled', createdBy: 'user 5', attempts: 0, createdAt: expect.any(Date) });
  });

  it('sees how many wait, run and have failed, how long, and which processes there are', async () => {
    const [early, late] = [new Date(Date.now() - 90_000), new Date(Date.now() + 90_000)];
    await jobs.add(plain, { payload, notBefore: early });
    await jobs.add(plain, { payload, notBefore: late });
    const { id } = await jobs.add(plain, { payload, notBefore: early });
    await jobs.rows(`update actions.jobs set state = 'failed', finished_at = now() where id = $1`, [id]);
    await doing((manager) => control.pause(manager, 'plain', 'somebody'));
    const { lines } = await jobs.worker([[plain, count]], { leaseMs: 60 });
    const [figures] = await jobs.own.run((manager) => new JobReadModel(manager, 'actions').figures());
    expect(figures).toMatchObject({ type: 'plain', waiting: 1, delayed: 1, running: 0, failed: 1, isPaused: true });
    expect(figures?.oldestWaitingSeconds).toBeGreaterThan(89);
    const metrics = new Metrics('test', { withProcessMetrics: false });
    await jobs.own.run((manager) => new PrometheusJobMetrics(metrics).count(manager, 'actions'));
    expect(await metrics.text()).toMatch(/groundswell_jobs\{type="plain",state="failed",service="test"\} 1/);
    await waitFor(async () => {
      const [worker] = await jobs.own.run((manager) => new JobReadModel(manager, 'actions').workers());
      return worker?.pid === process.pid;
    });
    expect(lines).toEqual([]);
  });
});

describe('jobs that ended', () => {
  it('are forgotten after their days, but for those that failed', async () => {
    const states = ['complete', 'canceled', 'failed', 'complete'];
    const ids: number[] = [];
    for (const _ of states) ids.push((await jobs.add(plain, { payload, key: `key ${ids.length}` })).id);
    await jobs.rows(
      `update actions.jobs j set state = s.state, finished_at = now() - case when s.n = 4 then '13 days' else '15 days' end::interval
         from unnest($1::text[], $2::bigint[]) with ordinality as s (state, id, n) where j.id = s.id`,
      [states, ids],
    );
    await jobs.worker([[plain, count]], { forgetEveryMs: 30 });
    const left = () => jobs.rows<{ id: string }>('select id from actions.jobs order by id');
    await waitFor(async () => (await left()).length === 2);
    expect((await left()).map(({ id }) => ids.indexOf(Number(id)))).toEqual([2, 3]);
    expect(await jobs.add(plain, { payload, key: 'key 0' })).toEqual({ id: ids[0], isNew: false });
  });

  it('with nothing to do are not kept, but for those with a key and those that somebody had before', async () => {
    const idle = (await jobs.add(plain, { payload })).id;
    const keyed = (await jobs.add(plain, { payload, key: 'idle' })).id;
    const taken = (await jobs.add(plain, { payload })).id;
    await jobs.rows('update actions.jobs set fencing = 1 where id = $1', [taken]);
    await jobs.worker([[plain, () => Promise.resolve(nothingToDo)]]);
    await reaches(keyed, 'complete');
    await reaches(taken, 'complete');
    await waitFor(async () => (await jobs.rows('select from actions.jobs')).length === 2);
    await expect(jobs.job(idle)).rejects.toThrow('no job');
  });

  it('are all forgotten at one turn, however many', async () => {
    const fill = () =>
      jobs.rows(
        `insert into actions.jobs (type, payload, state, max_attempts, finished_at)
         select $1, '{}', 'complete', 1, now() - interval '15 days' from generate_series(1, 2500)`,
        [plain.name],
      );
    const left = async () => Number((await jobs.rows<{ n: string }>('select count(*) as n from actions.jobs'))[0]!.n);
    const turnMs = 1_200;
    await jobs.worker([[plain, count]], { forgetEveryMs: turnMs });
    const areGoneBeforeTheNext = async () => {
      await fill();
      await waitFor(async () => (await left()) < 2_500);
      return waitFor(async () => (await left()) === 0, turnMs - 200);
    };
    // A busy machine may not be done with them by then: once more.
    await waitFor(areGoneBeforeTheNext);
  });
});

describe('a schedule', () => {
  const everySecond = (more = {}) => ({
    name: 'often',
    type: plain,
    payload: { steps: 1 },
    when: { everyMs: 60_000 },
    ...more,
  });
  const made = () =>
    jobs.rows<{ created_by: string; state: string }>('select created_by, state from actions.jobs order by id');
  const comeRound = () =>
    jobs.rows(`update actions.job_schedules set next_run_at = next_run_at - interval '10 minutes'`);

  it('has one job made per turn, by whichever process is first', async () => {
    for (const _ of [1, 2, 3]) await jobs.worker([[plain, count]], {}, { schedules: [everySecond()] });
    await waitFor(async () => (await made()).some(({ state }) => state === 'complete'));
    expect(await made()).toEqual([{ created_by: 'schedule often', state: 'complete' }]);
    // Ten turns were missed: made up for once.
    await comeRound();
    await waitFor(async () => (await made()).length === 2);
    const [row] = await jobs.rows<{ in_future: boolean }>(
      'select next_run_at > now() as in_future from actions.job_schedules',
    );
    expect(row).toEqual({ in_future: true });
  });

  it('is noted, although the transaction that noted it first was rolled back', async () => {
    const silent = () => undefined;
    const logger = { info: silent, warn: silent, error: silent };
    const planner = new JobPlanner(jobs.queue, 'actions', [everySecond()], logger);
    const failed = jobs.own.transaction(async (manager) => {
      await planner.plan(manager);
      throw new Error('away');
    });
    await expect(failed).rejects.toThrow('away');
    await waitFor(async () => {
      await jobs.own.transaction((manager) => planner.plan(manager));
      return (await made()).length === 1;
    });
  });

  it('waits for the job of the last turn', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { runner } = await jobs.worker([[plain, () => held]], { slots: 2 }, { schedules: [everySecond()] });
    await waitFor(async () => (await made())[0]?.state === 'running');
    await comeRound();
    const other = countingJob('plain');
    for (const _ of [1, 2, 3]) await jobs.add(other, { payload });
    runner.wake();
    letGo();
    await waitFor(async () => (await made()).filter(({ created_by }) => created_by === 'schedule often').length === 2);
    const [first, ...rest] = await made();
    expect(first?.state).toBe('complete');
    expect(rest).toHaveLength(4);
  });

  it('of a type that is not listed is refused', async () => {
    await expect(
      jobs.worker([[plain, count]], {}, { schedules: [everySecond({ type: countingJob('other') })] }),
    ).rejects.toThrow(/no listed type/);
  });
});
