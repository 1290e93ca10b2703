import type { Metrics } from './metrics';

const gauge = (metrics: Metrics) =>
  metrics.gauge('groundswell_redis_up', '1 while there is a connection to Redis, by what it is used for', ['use']);

export const declareRedisMetrics = (metrics: Metrics): void => void gauge(metrics);

/** Looked at when somebody reads the metrics. Without REDIS_URL there is no series. */
export function watchRedis(metrics: Metrics, use: string, isReady: () => boolean): void {
  const up = gauge(metrics);
  metrics.onScrape(() => up.set({ use }, isReady() ? 1 : 0));
}
