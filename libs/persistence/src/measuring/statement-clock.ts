import type { DatabaseMetrics } from './database-metrics';

/** A statement that takes longer is logged, ms (email-and-mtt.md §8.2). */
export const slowStatementMs = 10_000;
/** Characters of its text that are logged. */
const loggedText = 1_000;

/** What is remembered of one connection. */
interface Connection {
  /** Wait of its present holder, until the first statement has it. */
  queueMs: number;
  givenBackAt: number | null;
}

/** Measures what statements of one pool take, and what their callers wait for a connection. */
export class StatementClock {
  private readonly connections = new WeakMap<object, Connection>();

  constructor(
    private readonly metrics: DatabaseMetrics,
    private readonly logger: { warn(fields: object, text: string): void },
    private readonly slowMs = slowStatementMs,
  ) {}

  /** Somebody got the connection after `queueMs`. */
  taken(client: object, queueMs: number): void {
    const known = this.connections.get(client);
    const idleMs = known?.givenBackAt == null ? null : Math.max(0, performance.now() - known.givenBackAt - queueMs);
    this.connections.set(client, { queueMs, givenBackAt: null });
    this.metrics.taken(queueMs, idleMs);
  }

  givenBack(client: object): void {
    const known = this.connections.get(client);
    if (known) known.givenBackAt = performance.now();
  }

  /** A statement ended, well or not. `tookMs` from its sending to its last row, `decodeMs` of it went into reading rows. The
   *  first one after `taken` counts the wait in its total. */
  ended(client: object, sql: string, tookMs: number, decodeMs: number): void {
    const known = this.connections.get(client);
    const queueMs = known?.queueMs ?? 0;
    if (known) known.queueMs = 0;
    this.metrics.statement({ totalMs: queueMs + tookMs, queryMs: tookMs - decodeMs, decodeMs });
    if (tookMs <= this.slowMs) return;
    // The text alone: values may be about people.
    this.logger.warn({ ms: Math.round(tookMs), statement: sql.slice(0, loggedText) }, 'slow statement');
  }
}
