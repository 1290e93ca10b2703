import type { Metrics } from '@groundswell/observability';

/** Where a relay reports what became of rows; the outcome is a short fixed word. */
export interface RelayMetrics {
  rows(outcome: string, count: number): void;
}

export const noRelayMetrics: RelayMetrics = { rows: () => undefined };

/** What a relay holds at this moment. */
export interface RelayFigures {
  /** Rows in memory that wait for their first try, or are on their way. */
  memoryRows: number;
  memoryBytes: number;
  /** Lanes that are published from the table right now. */
  draining: number;
  /** Lanes that wait after a failure of their own. */
  backingOff: number;
  /** The broker takes nothing from anybody. */
  isPaused: boolean;
}

const declared = (metrics: Metrics) => ({
  rows: metrics.counter('groundswell_outbox_rows_total', 'Outbox rows that were dealt with, by what became of them', [
    'outcome',
  ]),
  memoryRows: metrics.gauge('groundswell_outbox_memory_rows', 'Outbox rows in memory, on their way to the broker'),
  memoryBytes: metrics.gauge('groundswell_outbox_memory_bytes', 'Bodies of outbox rows in memory'),
  lanes: metrics.gauge(
    'groundswell_outbox_lanes',
    'Lanes (recipient orgs) of the outbox by what the relay does with them',
    ['state'],
  ),
  paused: metrics.gauge('groundswell_outbox_paused', '1 while the relay waits for the broker'),
});

export const prometheusRelay = (metrics: Metrics): RelayMetrics => {
  const { rows } = declared(metrics);
  return { rows: (outcome, count) => rows.inc({ outcome }, count) };
};

export const declareRelayMetrics = (metrics: Metrics): void => void declared(metrics);

export function watchRelay(metrics: Metrics, relay: { readonly figures: RelayFigures }): void {
  const { memoryRows, memoryBytes, lanes, paused } = declared(metrics);
  metrics.onScrape(() => {
    const { figures } = relay;
    memoryRows.set(figures.memoryRows);
    memoryBytes.set(figures.memoryBytes);
    lanes.set({ state: 'draining' }, figures.draining);
    lanes.set({ state: 'backing_off' }, figures.backingOff);
    paused.set(figures.isPaused ? 1 : 0);
  });
}
