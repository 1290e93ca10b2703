import type { Database } from '../database';

/** Days that minute samples are kept. */
export const sampledDays = 14;
/** Name under which it is noted that a minute was sampled at all. */
export const sampledMark = 'sampled';

/** Figures of one queue in one minute. `entered`, `done`, `errors`: since the sample before, null where nobody counts them. */
export interface QueueSample {
  at: Date;
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
  dead: number;
  oldestSeconds: number | null;
  entered: number | null;
  done: number | null;
  errors: number | null;
  workers: number | null;
}

export type QueueRates = Pick<QueueSample, 'entered' | 'done' | 'errors'>;

/** Minute samples of queues. Throws DatabaseAwayError. */
export class QueueSampleReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /**
   * Oldest first, each the worst of its span; a span nobody sampled is left out. What was empty was not written down, so it is
   * nothing where the minute was sampled.
   */
  history(queue: string, days: number, spanMinutes: number): Promise<QueueSample[]> {
    return this.database.query<QueueSample>(
      `select date_bin($3 * interval '1 minute', m.at, 'epoch') as at,
              ${['waiting', 'delayed', 'active', 'failed', 'dead'].map((name) => `coalesce(max(q.${name}), 0)::float8 as ${name}`).join(', ')},
              ${['entered', 'done', 'errors', 'workers'].map((name) => `max(q.${name})::float8 as ${name}`).join(', ')},
              max(q.oldest_seconds)::float8 as "oldestSeconds"
         from topology.queue_samples m left join topology.queue_samples q on q.queue = $1 and q.at = m.at
        where m.queue = '${sampledMark}' and m.at > now() - $2 * interval '1 day'
        group by 1 order by 1`,
      [queue, days, spanMinutes],
    );
  }

  /** Of the newest minute, by queue. */
  async latestRates(): Promise<Map<string, QueueRates>> {
    const rows = await this.database.query<QueueRates & { queue: string }>(
      `select queue, entered::float8 as entered, done::float8 as done, errors::float8 as errors from topology.queue_samples
        where at = (select max(at) from topology.queue_samples where at > now() - interval '5 minutes')`,
    );
    return new Map(rows.map(({ queue, ...found }) => [queue, found]));
  }
}
