import { PrometheusJobMetrics } from '@groundswell/jobs';
import {
  BrokerHealth,
  ConsumerSupervisor,
  declareMessagingMetrics,
  prometheusMetrics,
  Publisher,
  watchMessaging,
} from '@groundswell/messaging';
import type { Metrics } from '@groundswell/observability';
import {
  declareCatalogueMetrics,
  declareDatabaseMetrics,
  declareRelayMetrics,
  prometheusTasks,
  watchCatalogue,
  watchDatabase,
  watchRelay,
  type Catalogue,
  type Database,
  type OutboxRelay,
} from '@groundswell/persistence';
import { declareBuildInfo } from './build-info';

/** Metrics that every service on `serviceModules` has. `runsJobs`: it has job tables. */
export function declareServiceMetrics(metrics: Metrics, { runsJobs }: { runsJobs: boolean }): void {
  declareBuildInfo(metrics);
  prometheusMetrics(metrics);
  declareMessagingMetrics(metrics, { consumes: true });
  declareDatabaseMetrics(metrics);
  declareRelayMetrics(metrics);
  declareCatalogueMetrics(metrics);
  prometheusTasks(metrics);
  if (runsJobs) new PrometheusJobMetrics(metrics);
}

export interface WatchedService {
  database: Database;
  catalogue: Catalogue;
  relay: OutboxRelay;
  broker: BrokerHealth;
  publisher: Publisher;
  consumers: ConsumerSupervisor;
}

/** Figures that are in memory anyway, looked at when somebody reads the metrics. */
export function watchService(metrics: Metrics, { database, catalogue, relay, ...messaging }: WatchedService): void {
  watchDatabase(metrics, database);
  watchCatalogue(metrics, catalogue);
  watchRelay(metrics, relay);
  watchMessaging(metrics, messaging);
}
