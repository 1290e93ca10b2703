import { PrometheusJobMetrics } from '@groundswell/jobs';
import { declareMessagingMetrics, declarePublishMetrics } from '@groundswell/messaging';
import { declareRedisMetrics, type Metrics } from '@groundswell/observability';
import {
  declareCatalogueMetrics,
  declareDatabaseMetrics,
  declareRelayMetrics,
  prometheusTasks,
} from '@groundswell/persistence';
import { declareBuildInfo } from '@groundswell/service';
import { AcceptMetrics } from './accepting/accept-metrics';
import { ExportMetrics } from './exports/export-metrics';
import { AnswerMetrics } from './graphql/answer-metrics';
import { RequestMetrics } from './http/request-metrics';
import { LimitMetrics } from './rate-limits/limit-metrics';
import { declareSocketMetrics } from './subscriptions/socket-metrics';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareBuildInfo(metrics);
  declarePublishMetrics(metrics);
  declareMessagingMetrics(metrics, { consumes: false });
  declareDatabaseMetrics(metrics);
  declareRelayMetrics(metrics);
  declareCatalogueMetrics(metrics);
  declareRedisMetrics(metrics);
  declareSocketMetrics(metrics);
  prometheusTasks(metrics);
  new PrometheusJobMetrics(metrics);
  new RequestMetrics(metrics);
  new AnswerMetrics(metrics);
  new AcceptMetrics(metrics);
  new LimitMetrics(metrics);
  new ExportMetrics(metrics);
}
