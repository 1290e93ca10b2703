import type { Metrics } from '@groundswell/observability';

/** What this service tells of itself. */
export class StatsMetrics {
  private readonly leads;
  private readonly drifts;
  private readonly drifted;
  private readonly checks;
  private readonly checkSeconds;
  private readonly waiting;
  private readonly counts;
  private readonly loads;

  constructor(metrics: Metrics) {
    this.leads = metrics.gauge('groundswell_stats_leading', '1 while this replica counts');
    this.drifts = metrics.counter('groundswell_stats_drifts_total', 'Campaigns whose figures a check corrected');
    this.drifted = metrics.counter('groundswell_stats_drift_total', 'By how much figures were corrected, added up');
    this.checks = metrics.counter('groundswell_stats_checks_total', 'Campaigns counted anew', ['outcome']);
    this.checkSeconds = metrics.histogram(
      'groundswell_stats_check_seconds',
      'How long counting one campaign anew took',
      [],
      [0.01, 0.1, 0.5, 1, 5, 10, 30],
    );
    this.waiting = metrics.gauge(
      'groundswell_stats_wait_seconds',
      'Age of the delta that waits for others the longest',
    );
    this.counts = metrics.counter('groundswell_stats_full_counts_total', 'Counts of everything', ['reason']);
    this.loads = metrics.counter('groundswell_stats_redis_loads_total', 'Copies of all figures to Redis');
  }

  leading(isLeading: boolean): void {
    this.leads.set(isLeading ? 1 : 0);
  }

  checked(outcome: 'right' | 'drift' | 'unsettled' | 'failed', seconds: number): void {
    this.checks.inc({ outcome });
    this.checkSeconds.observe(seconds);
  }

  drift(by: number): void {
    this.drifts.inc();
    this.drifted.inc(by);
  }

  waitingFor(ms: number | null): void {
    this.waiting.set((ms ?? 0) / 1_000);
  }

  fullCount(reason: string): void {
    this.counts.inc({ reason });
  }

  loaded(): void {
    this.loads.inc();
  }
}
