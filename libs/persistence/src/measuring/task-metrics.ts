import type { Metrics } from '@groundswell/observability';

/** Where a scheduler reports its turns. */
export interface TaskMetrics {
  /** `elsewhere`: another replica has the lease. */
  turned(task: string, outcome: 'done' | 'failed' | 'elsewhere', ms: number): void;
}

export const noTaskMetrics: TaskMetrics = { turned: () => undefined };

const runBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

export function prometheusTasks(metrics: Metrics): TaskMetrics {
  const runs = metrics.counter('groundswell_task_runs_total', 'Runs of scheduled tasks, by how they ended', [
    'task',
    'outcome',
  ]);
  const seconds = metrics.histogram(
    'groundswell_task_seconds',
    'How long runs of scheduled tasks took',
    ['task'],
    runBuckets,
  );
  const leases = metrics.gauge('groundswell_task_lease_held', '1 on the replica that runs the task', ['task']);
  const lastDone = metrics.gauge(
    'groundswell_task_last_done_timestamp_seconds',
    'When this replica last ran the task to its end, seconds since 1970',
    ['task'],
  );
  return {
    turned: (task, outcome, ms) => {
      // A run that failed says nothing of the lease: it may be that which could not be had.
      if (outcome !== 'failed') leases.set({ task }, outcome === 'done' ? 1 : 0);
      if (outcome === 'elsewhere') return;
      runs.inc({ task, outcome });
      seconds.observe({ task }, ms / 1_000);
      if (outcome === 'done') lastDone.set({ task }, Date.now() / 1_000);
    },
  };
}
