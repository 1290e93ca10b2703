import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array } from '@groundswell/persistence';
import type { Pair } from './intake.repository';

interface Moved extends Pair {
  id: number;
}

/** Brings messages under the present reference of whoever wrote them (docs/adr/0014). Needs the lock of the intake. */
export class MovedReferenceRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Messages of these persons that stand under another reference, by the tables of action-ingest. Returns the pairs to rank anew. */
  async moveMessagesOf(refs: readonly Buffer[]): Promise<Pair[]> {
    const found: Moved[] = await this.manager.query(
      `select s.message_id as id, s.target_id as "targetId", p.fingerprint
         from actions.supporters p
         join actions.actions a on a.supporter_id = p.id
         join mtt.message_states s on s.action_id = a.id
        where p.fingerprint = any($1::bytea[]) and s.fingerprint <> p.fingerprint`,
      [byteaArray(refs)],
    );
    return this.move(found);
  }

  /** What these persons wrote to these targets under a former reference: news of the move may come after a message. */
  async moveFormerOf(pairs: readonly Pair[]): Promise<Pair[]> {
    if (pairs.length === 0) return [];
    const found: Moved[] = await this.manager.query(
      `select distinct s.message_id as id, s.target_id as "targetId", l.new_ref as fingerprint
         from unnest($1::uuid[], $2::bytea[]) as g (target_id, fingerprint)
         join actions.reference_aliases l on l.new_ref = g.fingerprint
         join mtt.message_states s on s.target_id = g.target_id and s.fingerprint = l.old_ref`,
      [pairs.map(({ targetId }) => targetId), byteaArray(pairs.map(({ fingerprint }) => fingerprint))],
    );
    return this.move(found);
  }

  /** Answers are found by person when they are to be forgotten. */
  async moveReplies(formerRefs: readonly Buffer[]): Promise<void> {
    await this.manager.query(
      `update mtt.replies r set fingerprint = s.fingerprint from mtt.message_states s
        where r.fingerprint = any($1::bytea[]) and s.message_id = r.message_id and s.fingerprint <> r.fingerprint`,
      [byteaArray(formerRefs)],
    );
  }

  /** Places are given up until the ranks are made; a mail that was asked for keeps its purpose, so nobody is asked for it twice. */
  private async move(found: readonly Moved[]): Promise<Pair[]> {
    if (found.length === 0) return [];
    const parameters = [int8Array(found.map(({ id }) => id)), byteaArray(found.map(({ fingerprint }) => fingerprint))];
    // With the others of their persons and targets, in the order in which everybody locks messages.
    await this.manager.query(
      `select from mtt.message_states s
        where s.message_id = any($1::bigint[])
           or (s.target_id, s.fingerprint) in (select * from unnest($3::uuid[], $2::bytea[]))
        order by s.message_id for update`,
      [...parameters, found.map(({ targetId }) => targetId)],
    );
    await this.manager.query(
      `update mtt.message_states s
          set fingerprint = m.fingerprint, dupe_rank = case when s.testing then s.dupe_rank end, updated_at = now(),
              purpose_ref = case when s.attempts > 0 then coalesce(s.purpose_ref, s.fingerprint) else s.purpose_ref end
         from unnest($1::bigint[], $2::bytea[]) as m (id, fingerprint)
        where s.message_id = m.id`,
      parameters,
    );
    return found.map(({ targetId, fingerprint }) => ({ targetId, fingerprint }));
  }
}
