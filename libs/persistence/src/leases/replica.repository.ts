import type { EntityManager } from 'typeorm';

/** Live replicas of action-ingest, by heartbeat rows (design.md §3.3). */
export class ReplicaRepository {
  /** Notes that `id` lives and returns every replica seen in the last `aliveMs`, sorted. */
  async beat(manager: EntityManager, id: string, aliveMs: number): Promise<string[]> {
    await manager.query(
      `insert into actions.replicas (id) values ($1) on conflict (id) do update set seen_at = now()`,
      [id],
    );
    const rows: { id: string }[] = await manager.query(
      `select id from actions.replicas where seen_at > now() - $1 * interval '1 millisecond' order by id`,
      [aliveMs],
    );
    return rows.map((row) => row.id);
  }

  /** On a graceful stop: the others need not wait for the heartbeat to run out. Old rows go too. */
  async leave(manager: EntityManager, id: string): Promise<void> {
    await manager.query(`delete from actions.replicas where id = $1 or seen_at < now() - interval '1 day'`, [id]);
  }
}
