import { seededRandom, waitFor } from '@groundswell/testing';
import { count, countingJob, type CountingRun } from './counting';
import { useJobs, type Worker } from './use-jobs';

const jobs = useJobs();
const jobsInAll = 200;
const runners = 3;
const fewestDisturbances = 5;
const seed = Number(process.env['JOBS_SEED'] ?? Date.now() % 1_000_000);

describe(`jobs under random kills, freezes and stops (JOBS_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const type = countingJob('counted', {
    attempts: 50,
    backoff: { firstMs: 1, longestMs: 20 },
    concurrency: { perProcess: 4, perOrg: 20 },
  });
  const pause = () => new Promise<void>((resolve) => void setTimeout(resolve, below(8)));
  /** Stumbles now and then, before a step and inside one, its effect already written. */
  const stumble = async (): Promise<void> => {
    await pause();
    if (random() < 0.03) throw new Error('stumbled');
  };
  let disturbances = 0;
  let last: number | undefined;
  /** One job is there for as long as there were few disturbances, however slow they are. */
  const isDisturbed = async (id: number): Promise<void> => {
    while (id === last && disturbances <= fewestDisturbances) await pause();
  };
  const run = async (job: CountingRun) => {
    await isDisturbed(job.id);
    return count(job, stumble, stumble);
  };
  const aWorker = () => jobs.worker([[type, run]], { slots: 4, leaseMs: 500, graceMs: 100 });

  const disturb = async (worker: Worker): Promise<boolean> => {
    switch (below(3)) {
      case 0:
        await worker.kill();
        return true;
      case 1:
        await worker.runner.stop();
        return true;
      default:
        // Longer than its lease: others take over what it holds, and then it comes back.
        worker.line.freeze();
        setTimeout(() => worker.line.thaw(), 700).unref();
        return false;
    }
  };

  it('have each step done exactly once, and all end complete', async () => {
    const orders = Array.from({ length: jobsInAll }, (_, n) => ({ payload: { steps: 1 + below(8) }, orgId: n % 5 }));
    const added = await jobs.own.transaction((manager) => jobs.queue.addAll(manager, type, orders));
    last = added.at(-1)?.id;
    const alive: Worker[] = [];
    for (let n = 0; n < runners; n += 1) alive.push(await aWorker());
    const isDone = async (): Promise<boolean> =>
      (await jobs.rows(`select from actions.jobs where state not in ('complete', 'failed')`)).length === 0;
    while (!(await isDone()) && disturbances < 60) {
      await new Promise((resolve) => setTimeout(resolve, 50 + below(200)));
      const at = below(alive.length);
      const victim = alive[at];
      if (victim && (await disturb(victim))) alive[at] = await aWorker();
      disturbances += 1;
    }
    await waitFor(isDone);
    expect(disturbances).toBeGreaterThan(fewestDisturbances);
    expect(await jobs.rows(`select id, last_error from actions.jobs where state <> 'complete'`)).toEqual([]);
    const wrong = await jobs.rows(
      `select j.id, j.payload, array_agg(e.step order by e.id) as did
         from actions.jobs j left join actions.effects e on e.job = j.id
        group by j.id
       having array_agg(e.step order by e.id) <> (select array_agg(n) from generate_series(1, (j.payload->>'steps')::int) n)`,
    );
    expect(wrong).toEqual([]);
    const [total] = await jobs.rows<{ effects: number; claims: number }>(
      'select (select count(*) from actions.effects)::int as effects, (select sum(fencing) from actions.jobs)::int as claims',
    );
    expect(total?.effects).toBe(orders.reduce((sum, { payload }) => sum + payload.steps, 0));
    // Some were really taken more than once.
    expect(total?.claims).toBeGreaterThan(jobsInAll);
  });
});
