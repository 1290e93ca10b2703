import type { Metrics } from '@groundswell/observability';
import type { PushEnd } from './push-end';

/** Seconds a call takes. */
const latencyBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

export interface PushBacklog {
  waiting: number;
  failed: number;
  /** Since the oldest was taken over; 0 where none waits. */
  oldestWaitingS: number;
  disabledEndpoints: number;
}

/** What became of pushes. */
export class PushMetrics {
  private readonly attempts;
  private readonly latency;
  private readonly calls;
  private readonly waiting;
  private readonly failed;
  private readonly oldest;
  private readonly disabled;

  constructor(metrics: Metrics) {
    this.attempts = metrics.counter('groundswell_push_attempts_total', 'Ends of attempts', ['backend', 'outcome']);
    this.latency = metrics.histogram('groundswell_push_seconds', 'Calls to endpoints', ['backend'], latencyBuckets);
    this.calls = metrics.gauge('groundswell_push_calls', 'Calls to endpoints under way');
    this.waiting = metrics.gauge('groundswell_push_waiting', 'Pushes that wait for a call');
    this.failed = metrics.gauge('groundswell_push_failed', 'Pushes that failed and are kept to be replayed');
    this.oldest = metrics.gauge('groundswell_push_oldest_waiting_seconds', 'Age of the oldest push that waits');
    this.disabled = metrics.gauge('groundswell_push_endpoints_disabled', 'Endpoints that are not called any more');
  }

  ended(backend: string, ends: readonly PushEnd[], latencyMs: number): void {
    for (const { attempt } of ends) this.attempts.inc({ backend, outcome: attempt.outcome });
    this.latency.observe({ backend }, latencyMs / 1_000);
  }

  look(calls: number): void {
    this.calls.set(calls);
  }

  observe({ waiting, failed, oldestWaitingS, disabledEndpoints }: PushBacklog): void {
    this.waiting.set(waiting);
    this.failed.set(failed);
    this.oldest.set(oldestWaitingS);
    this.disabled.set(disabledEndpoints);
  }
}
