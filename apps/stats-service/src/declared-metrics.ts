import { declareRedisMetrics, type Metrics } from '@groundswell/observability';
import { declareServiceMetrics } from '@groundswell/service';
import { CampaignFigures } from './showing/campaign-figures';
import { StatsMetrics } from './stats-metrics';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareServiceMetrics(metrics, { runsJobs: true });
  new StatsMetrics(metrics);
  new CampaignFigures(metrics);
  declareRedisMetrics(metrics);
}
