import type { EntityManager } from 'typeorm';
import { int8Array } from '@groundswell/persistence';
import { sourceJoins, unsendableReason } from './sendable';

/** A person and a target: of their messages one is sent. */
export interface Pair {
  targetId: string;
  fingerprint: Buffer;
}

const pairColumns = `target_id as "targetId", fingerprint`;
const firstOfIntake = 2_200_001;

/** Tests that nothing comes of any more. */
export const isEndedTest = `testing and state <> 'pending' and state <> 'sending'`;

/** Which messages there are to pace, from the tables of action-ingest. All in the caller's transaction. */
export class IntakeRepository {
  constructor(private readonly manager: EntityManager) {}

  /** One intake at a time in the whole fleet: ranks are worked out from rows that stay as they are. */
  async lock(): Promise<void> {
    await this.manager.query('select pg_advisory_xact_lock($1)', [firstOfIntake]);
  }

  /** Messages of these actions that may be sent and are not known yet. Repeats never come here. */
  async insert(actionIds: readonly number[]): Promise<Pair[]> {
    const rows: (Pair & { testing: boolean })[] = await this.manager.query(
      `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, testing, accepted_at)
       select m.id, a.id, a.campaign_id, m.target_id, p.fingerprint, a.testing, a.inserted_at
         from actions.actions a
         join actions.supporters p on p.id = a.supporter_id
         join actions.messages m on m.action_id = a.id
        where a.id = any($1::bigint[]) and a.processing_status = 4 and p.processing_status = 3
          and a.campaign_id is not null
        order by m.id
       on conflict (message_id) do nothing returning ${pairColumns}, testing`,
      [int8Array(actionIds)],
    );
    return rows.filter(({ testing }) => !testing);
  }

  /** Of these, those that wait and must not be sent any more. */
  async goneOf(messageIds: readonly number[]): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select s.message_id as id from mtt.message_states s ${sourceJoins}
        where s.message_id = any($1::bigint[]) and s.state = 'pending' and ${unsendableReason} is not null`,
      [int8Array(messageIds)],
    );
    return rows.map(({ id }) => id);
  }

  /** With the others of their persons and targets, in the order in which everybody locks messages: before any count by target is. */
  async lockWithOthers(messageIds: readonly number[]): Promise<void> {
    await this.manager.query(
      `select from mtt.message_states s
        where (s.target_id, s.fingerprint) in (select g.target_id, g.fingerprint from mtt.message_states g
                                                where g.message_id = any($1::bigint[]))
        order by s.message_id for update`,
      [int8Array(messageIds)],
    );
  }

  /** Messages that wait and must not be sent any more: cancelled, each with its reason. */
  async withdraw(messageIds: readonly number[]): Promise<Pair[]> {
    const [rows]: [Pair[], number] = await this.manager.query(
      `with gone as (
         select s.message_id, ${unsendableReason} as reason
           from mtt.message_states s ${sourceJoins}
          where s.message_id = any($1::bigint[]) and s.state = 'pending')
       update mtt.message_states s
          set state = 'cancelled', dupe_rank = null, send_after = null, error = gone.reason, updated_at = now()
         from gone
        where s.message_id = gone.message_id and gone.reason is not null and s.state = 'pending'
       returning s.target_id as "targetId", s.fingerprint`,
      [int8Array(messageIds)],
    );
    return rows;
  }

  /** Messages that wait, of these actions and of all actions of these supporters. */
  async waitingOf(actionIds: readonly number[], supporterIds: readonly number[]): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select message_id as id from mtt.message_states
        where state = 'pending'
          and action_id in (select unnest($1::bigint[])
                            union select id from actions.actions where supporter_id = any($2::bigint[]))`,
      [int8Array(actionIds), int8Array(supporterIds)],
    );
    return rows.map(({ id }) => id);
  }

  /** Of these tests, those whose message is gone from the tables of action-ingest. Needs the lock of the intake: else one that saw
   *  the message before might take it in again. */
  async forgetRemoved(messageIds: readonly number[]): Promise<number> {
    const [, count]: [unknown, number] = await this.manager.query(
      `delete from mtt.message_states
        where message_id in (
          select s.message_id from mtt.message_states s
           where s.message_id = any($1::bigint[]) and ${isEndedTest}
             and not exists (select from actions.messages m where m.id = s.message_id)
           order by s.message_id for update of s)`,
      [int8Array(messageIds)],
    );
    return count;
  }
}
