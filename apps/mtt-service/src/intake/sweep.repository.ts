import type { EntityManager } from 'typeorm';
import { isEndedTest } from './intake.repository';
import { sourceJoins, unsendableReason } from './sendable';

/** Which search it is: each goes round the messages by id. */
export type SweepName = 'missed' | 'gone' | 'removed';

export interface SweepPage {
  ids: number[];
  /** Last id looked at; null: the end was reached. */
  lastId: number | null;
}

/** Looks page by page for what no fact told. */
export class SweepRepository {
  constructor(private readonly manager: EntityManager) {}

  async position(name: SweepName): Promise<number> {
    const rows: { after: number }[] = await this.manager.query(
      'select after_message_id as after from mtt.sweeps where name = $1',
      [name],
    );
    return rows[0]?.after ?? 0;
  }

  async move(name: SweepName, after: number): Promise<void> {
    await this.manager.query(
      `insert into mtt.sweeps (name, after_message_id) values ($1, $2)
       on conflict (name) do update set after_message_id = excluded.after_message_id`,
      [name, after],
    );
  }

  /** Actions with messages that should have a row here and have none. */
  async missed(after: number, pageSize: number): Promise<SweepPage> {
    return pageOf(
      await this.manager.query(
        `with page as (select id, action_id from actions.messages where id > $1 order by id limit $2)
         select (select max(id) from page) as "lastId", (select count(*)::int from page) as looked,
                array(select distinct page.action_id from page
                        join actions.actions a on a.id = page.action_id
                        join actions.supporters p on p.id = a.supporter_id
                       where a.processing_status = 4 and p.processing_status = 3 and a.campaign_id is not null
                         and not exists (select from mtt.message_states s where s.message_id = page.id))::int8[] as ids`,
        [after, pageSize],
      ),
      pageSize,
    );
  }

  /** Messages that wait, and whose action, supporter or text does not allow it any more. */
  async gone(after: number, pageSize: number): Promise<SweepPage> {
    return pageOf(
      await this.manager.query(
        `with page as (select * from mtt.message_states
                        where state = 'pending' and message_id > $1 order by message_id limit $2)
         select (select max(message_id) from page) as "lastId", (select count(*)::int from page) as looked,
                array(select s.message_id from page s ${sourceJoins} where ${unsendableReason} is not null)::int8[] as ids`,
        [after, pageSize],
      ),
      pageSize,
    );
  }

  /** Tests that are over and whose message action-ingest has removed. */
  async removed(after: number, pageSize: number): Promise<SweepPage> {
    return pageOf(
      await this.manager.query(
        `with page as (select message_id from mtt.message_states
                        where ${isEndedTest} and message_id > $1 order by message_id limit $2)
         select (select max(message_id) from page) as "lastId", (select count(*)::int from page) as looked,
                array(select p.message_id from page p
                       where not exists (select from actions.messages m where m.id = p.message_id))::int8[] as ids`,
        [after, pageSize],
      ),
      pageSize,
    );
  }
}

const pageOf = (
  [row]: { lastId: number | null; looked: number; ids: (number | string)[] }[],
  pageSize: number,
): SweepPage => ({ ids: (row?.ids ?? []).map(Number), lastId: row && row.looked === pageSize ? row.lastId : null });
