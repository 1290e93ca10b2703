import type { Metrics } from '@groundswell/observability';
import type { LimitName } from './limits';

/** Who was told to wait, by limit. */
export class LimitMetrics {
  private readonly limited;

  constructor(metrics: Metrics) {
    this.limited = metrics.counter('groundswell_gateway_limited_total', 'Attempts beyond a rate limit', ['limit']);
  }

  count(limit: LimitName): void {
    this.limited.inc({ limit });
  }
}
