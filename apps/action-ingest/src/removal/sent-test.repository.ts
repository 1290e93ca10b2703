import type { EntityManager } from 'typeorm';
import { int8Array } from '@groundswell/persistence';

/** Messages of test actions that were sent, or gave way to another test. */
export class SentTestRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Sent or cancelled by mtt-service's word, which both stay, by id, above `after`. Some may be gone already. */
  async findAfter(after: number, limit: number): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select message_id as id from mtt.message_states
        where testing and state in ('sent', 'cancelled') and message_id > $1 order by message_id limit $2`,
      [after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Of these, those whose delivered test action is a day old. What somebody else is removing is left to them. */
  async lock(ids: readonly number[]): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select m.id from actions.messages m
         join actions.actions a on a.id = m.action_id
        where m.id = any($1::bigint[])
          and a.testing and a.processing_status = 4 and a.inserted_at < now() - interval '24 hours'
        order by m.id for update of m skip locked`,
      [int8Array(ids)],
    );
    return rows.map(({ id }) => id);
  }

  async remove(lockedIds: readonly number[]): Promise<void> {
    await this.manager.query('delete from actions.messages where id = any($1::bigint[])', [int8Array(lockedIds)]);
  }
}
