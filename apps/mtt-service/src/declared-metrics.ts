import type { Metrics } from '@groundswell/observability';
import { declareServiceMetrics } from '@groundswell/service';
import { MttMetrics } from './mtt-metrics';
import { CampaignGauges } from './observing/campaign-gauges';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareServiceMetrics(metrics, { runsJobs: false });
  new MttMetrics(metrics);
  new CampaignGauges(metrics, 0);
}
