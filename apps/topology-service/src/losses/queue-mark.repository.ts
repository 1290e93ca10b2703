import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';

/** How old the figures of a queue can be: it reports every 5 s, they are collected every 5 s, the list is kept for a while. */
const figuresLag = '15 seconds';
/** The last moment a queue was empty is written once it has moved by this much. */
const drainStep = '30 seconds';

/** What has to be known of a queue to say what went with it: when it was declared, whether it was ever counted on, when it
 *  was last empty. All by the database's clock. */
export class QueueMarkRepository {
  constructor(private readonly database: Database) {}

  /** About to be declared: whatever had that name before is gone. */
  async declared(manager: EntityManager, queues: readonly string[]): Promise<void> {
    await manager.query(
      `insert into topology.queue_marks (queue, is_declared, noted_at)
       select queue, true, now() from unnest($1::text[]) as queue
       on conflict (queue) do update set is_declared = true, noted_at = now(), confirmed_at = null, drained_at = null`,
      [queues],
    );
  }

  /** From here on these scopes' queues may hold what is nowhere else. */
  async confirmed(manager: EntityManager, scopes: readonly string[]): Promise<void> {
    await manager.query(
      `insert into topology.queue_marks as m (queue, noted_at, confirmed_at)
       select queue, min(s.declared_at), now() from topology.queue_sets s, unnest(s.queues) as queue
        where s.scope = any($1::text[]) group by queue
       on conflict (queue) do update set confirmed_at = now() where m.confirmed_at is null`,
      [scopes],
    );
  }

  /** Were empty in figures asked for at `askedAt`. */
  async drained(manager: EntityManager, queues: readonly string[], askedAt: Date): Promise<void> {
    await manager.query(
      `update topology.queue_marks set drained_at = $2::timestamptz - interval '${figuresLag}'
        where queue = any($1::text[])
          and $2::timestamptz - interval '${figuresLag}' > coalesce(drained_at, noted_at) + interval '${drainStep}'`,
      [queues, askedAt],
    );
  }

  /** Deleted by us, because nobody wants them: nothing is lost with them. */
  async forget(manager: EntityManager, queues: readonly string[]): Promise<void> {
    await manager.query('delete from topology.queue_marks where queue = any($1::text[])', [queues]);
  }

  /** Which of these were declared by us and never counted on. */
  async neverCountedOn(queues: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ queue: string }>(
      'select queue from topology.queue_marks where queue = any($1::text[]) and is_declared and confirmed_at is null',
      [queues],
    );
    return rows.map(({ queue }) => queue);
  }
}
