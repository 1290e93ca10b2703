import type { EntityManager } from 'typeorm';
import { int8Array } from '@groundswell/persistence';

export interface OrphanPage {
  ids: number[];
  /** Last id looked at; null: the end was reached. */
  lastId: number | null;
}

const hasMessage = 'exists (select from actions.messages m where m.message_content_id = c.id)';

/** Subjects and bodies that no message has any more. */
export class OrphanContentRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Of the `pageSize` contents above `after`, by id. */
  async findAfter(after: number, pageSize: number): Promise<OrphanPage> {
    const [page]: { ids: (number | string)[]; lastId: number | null; looked: number }[] = await this.manager.query(
      `with c as (select id from actions.message_contents where id > $1 order by id limit $2)
       select (select max(id) from c) as "lastId", (select count(*)::int from c) as looked,
              array(select c.id from c where not ${hasMessage})::int8[] as ids`,
      [after, pageSize],
    );
    return { ids: (page?.ids ?? []).map(Number), lastId: page && page.looked === pageSize ? page.lastId : null };
  }

  /**
   * Those a day old that nobody is giving a message to: whoever does holds the row, and is passed over. A message needs the
   * row's lock, so none comes until the end of the caller's transaction.
   */
  async lock(ids: readonly number[]): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select id from actions.message_contents
        where id = any($1::bigint[]) and inserted_at < now() - interval '24 hours' order by id for update skip locked`,
      [int8Array(ids)],
    );
    return rows.map(({ id }) => id);
  }

  /** Of these, locked before, those without a message: one may have come between `findAfter` and `lock`. */
  async remove(lockedIds: readonly number[]): Promise<number> {
    const [, count]: [unknown, number] = await this.manager.query(
      `delete from actions.message_contents c where c.id = any($1::bigint[]) and not ${hasMessage}`,
      [int8Array(lockedIds)],
    );
    return count;
  }
}
