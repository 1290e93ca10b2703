import type { Metrics } from '@groundswell/observability';
import type { EntityManager } from 'typeorm';
import type { AttemptOutcome } from './attempt-outcome';
import type { JobSchema } from './job-database';
import { JobReadModel } from './job-read-model';

export interface JobMetrics {
  ended(type: string, outcome: AttemptOutcome['kind'], ms: number): void;
  count(manager: EntityManager, schema: JobSchema): Promise<void>;
}

export const noJobMetrics: JobMetrics = { ended: () => undefined, count: () => Promise.resolve() };

/** Attempts by how they ended, and what is waiting, running and failed. Every process of a service tells the same of the latter. */
export class PrometheusJobMetrics implements JobMetrics {
  private readonly attempts;
  private readonly seconds;
  private readonly jobs;
  private readonly oldestWaiting;
  private readonly heartbeatAge;

  constructor(metrics: Metrics) {
    this.attempts = metrics.counter('groundswell_job_attempts_total', 'Attempts at jobs, by how they ended', [
      'type',
      'outcome',
    ]);
    this.seconds = metrics.histogram('groundswell_job_attempt_seconds', 'How long attempts at jobs took', ['type']);
    this.jobs = metrics.gauge('groundswell_jobs', 'Jobs that have not ended, and failed ones', ['type', 'state']);
    this.oldestWaiting = metrics.gauge('groundswell_jobs_oldest_waiting_seconds', 'Age of the oldest due job', [
      'type',
    ]);
    this.heartbeatAge = metrics.gauge(
      'groundswell_jobs_heartbeat_age_seconds',
      'Silence of the most silent running job',
      ['type'],
    );
  }

  ended(type: string, outcome: AttemptOutcome['kind'], ms: number): void {
    this.attempts.inc({ type, outcome });
    this.seconds.observe({ type }, ms / 1_000);
  }

  async count(manager: EntityManager, schema: JobSchema): Promise<void> {
    const figures = await new JobReadModel(manager, schema).figures();
    for (const gauge of [this.jobs, this.oldestWaiting, this.heartbeatAge]) gauge.reset();
    for (const { type, oldestWaitingSeconds, heartbeatAgeSeconds, ...counts } of figures) {
      for (const state of ['waiting', 'delayed', 'running', 'failed'] as const) {
        this.jobs.set({ type, state }, counts[state]);
      }
      this.oldestWaiting.set({ type }, oldestWaitingSeconds ?? 0);
      this.heartbeatAge.set({ type }, heartbeatAgeSeconds ?? 0);
    }
  }
}
