import type { Metrics } from '@groundswell/observability';

/** What is looked at of the catalogue when somebody reads the metrics. */
export interface WatchedCatalogue {
  readonly version: number;
  /** Since it was last compared with the database, ms; null: never yet. */
  readonly comparedAgoMs: number | null;
}

const declared = (metrics: Metrics) => ({
  version: metrics.gauge('groundswell_catalogue_version', 'Version of the catalogue in memory; 0: none yet'),
  age: metrics.gauge(
    'groundswell_catalogue_age_seconds',
    'Since the catalogue in memory was last compared with the database; since the start while it never was',
  ),
});

export const declareCatalogueMetrics = (metrics: Metrics): void => void declared(metrics);

export function watchCatalogue(metrics: Metrics, catalogue: WatchedCatalogue): void {
  const { version, age } = declared(metrics);
  metrics.onScrape(() => {
    version.set(catalogue.version);
    age.set((catalogue.comparedAgoMs ?? performance.now()) / 1_000);
  });
}
