import type { Metrics } from '@groundswell/observability';

/** Where the database reports what it takes, ms. */
export interface DatabaseMetrics {
  statement(times: { totalMs: number; queryMs: number; decodeMs: number }): void;
  /** `idleMs`: how long the connection had nothing to do before; null for a new one. */
  taken(queueMs: number, idleMs: number | null): void;
}

/** Of email-and-mtt.md §8.2, which gives none: from a look-up by key to the longest a statement may take. */
const statementBuckets = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/** `proca_repo_query_…`: of all pools of a service together. */
export function prometheusDatabase(metrics: Metrics): DatabaseMetrics {
  const histogram = (part: string, help: string) =>
    metrics.histogram(`proca_repo_query_${part}_time`, help, [], statementBuckets);
  const total = histogram('total', 'Statements from the wish for a connection to the last row, ms');
  const query = histogram('query', 'Statements from their sending to the last row, reading the rows left out, ms');
  const decode = histogram('decode', 'Reading the rows of statements, ms');
  const queue = histogram('queue', 'Waits for a connection, ms');
  const idle = histogram('idle', 'How long connections had nothing to do before they were taken, ms');
  return {
    statement: ({ totalMs, queryMs, decodeMs }) => {
      total.observe(totalMs);
      query.observe(queryMs);
      decode.observe(decodeMs);
    },
    taken: (queueMs, idleMs) => {
      queue.observe(queueMs);
      if (idleMs !== null) idle.observe(idleMs);
    },
  };
}

/** What is looked at of a database when somebody reads the metrics. */
export interface WatchedDatabase {
  readonly fault: string | null;
  readonly waiting: number;
  readonly connections: { open: number; idle: number };
}

const gauges = (metrics: Metrics) => ({
  up: metrics.gauge('groundswell_database_up', '1 while the last call to the database got an answer', ['pool']),
  connections: metrics.gauge('groundswell_database_connections', 'Open connections to the database, by what they do', [
    'pool',
    'state',
  ]),
  waiting: metrics.gauge('groundswell_database_waiting', 'Callers that wait for a connection because all are in use', [
    'pool',
  ]),
});

export const declareDatabaseMetrics = (metrics: Metrics): void => {
  gauges(metrics);
  prometheusDatabase(metrics);
};

/** `pool`: what its connections are for; most services have `main` alone. */
export function watchDatabase(metrics: Metrics, database: WatchedDatabase, pool = 'main'): void {
  const { up, connections, waiting } = gauges(metrics);
  metrics.onScrape(() => {
    const { open, idle } = database.connections;
    up.set({ pool }, database.fault === null ? 1 : 0);
    connections.set({ pool, state: 'busy' }, open - idle);
    connections.set({ pool, state: 'idle' }, idle);
    waiting.set({ pool }, database.waiting);
  });
}
