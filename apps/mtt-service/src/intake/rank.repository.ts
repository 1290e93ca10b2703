import type { EntityManager } from 'typeorm';
import { byteaArray } from '@groundswell/persistence';
import type { Pair } from './intake.repository';

const pairs = `(select distinct target_id, fingerprint
                  from unnest($1::uuid[], $2::bytea[]) as g (target_id, fingerprint)) g`;

/** Tests aside, and what was cancelled: it makes room for the next. */
const rankedRows = `mtt.message_states s join ${pairs} using (target_id, fingerprint)
  where not s.testing and s.state <> 'cancelled'`;

/** By action time, then id; but what was handed over keeps its place, whatever becomes known later. */
const ranks = `
  select s.message_id, row_number() over (partition by s.target_id, s.fingerprint
           order by s.state = 'pending', s.accepted_at, s.message_id) - 1 as rank
    from ${rankedRows}`;

/** Which message of a person to a target is the first: over all they ever wrote to it (email-and-mtt.md §5.3). */
export class RankRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Needs the lock of the intake. The rows are locked first, so that what is being planned counts as planned. */
  async rank(given: readonly Pair[]): Promise<void> {
    if (given.length === 0) return;
    const parameters = [given.map(({ targetId }) => targetId), byteaArray(given.map(({ fingerprint }) => fingerprint))];
    await this.manager.query(`select from ${rankedRows} order by s.message_id for update of s`, parameters);
    // Places are given up before others take them: the unique index is checked row by row.
    for (const condition of ['<> 0', '= 0']) {
      await this.manager.query(
        `with ranked as (${ranks})
         update mtt.message_states s set dupe_rank = ranked.rank, updated_at = now() from ranked
          where s.message_id = ranked.message_id and ranked.rank ${condition} and s.dupe_rank is distinct from ranked.rank`,
        parameters,
      );
    }
  }
}
