import type { Target } from '../target';

/** Places among the accepted of each person in a campaign, by id (processing.md §5.4). */
const supporterRanks = `
  select id, row_number() over (partition by campaign_id, fingerprint order by id) - 1 as rank
    from actions.supporters where processing_status = 3`;

/** As mtt-service ranks: what was sent keeps its place, then by action time and id; tests aside (email-and-mtt.md §5.3). */
const messageRanks = `
  select message_id as id, row_number() over (partition by target_id, fingerprint
           order by state = 'pending', accepted_at, message_id) - 1 as rank
    from mtt.message_states where not testing and state <> 'cancelled'`;

/** Those whose rank is not what a recount says. */
export const wrongSupporterRanksSql = `
  select s.id from (${supporterRanks}) r join actions.supporters s on s.id = r.id where s.dupe_rank is distinct from r.rank`;
export const wrongMessageRanksSql = `
  select s.message_id as id from (${messageRanks}) r join mtt.message_states s on s.message_id = r.id
   where s.dupe_rank is distinct from r.rank`;

/** Places are given up before others take them: the unique indexes are checked row by row. Returns rows changed. */
const settle = (target: Target, table: string, id: string, ranks: string): Promise<number> =>
  target.inTransaction(async () => {
    let changed = 0;
    for (const condition of ['<> 0', '= 0']) {
      changed += await target.run(
        `with ranked as (${ranks})
         update ${table} s set dupe_rank = ranked.rank from ranked
          where s.${id} = ranked.id and ranked.rank ${condition} and s.dupe_rank is distinct from ranked.rank`,
        [],
      );
    }
    return changed;
  });

/** They came with their ranks; those differ only where a signature before them was left out. */
export const settleSupporterRanks = (target: Target): Promise<number> =>
  settle(target, 'actions.supporters', 'id', supporterRanks);

export const settleMessageRanks = (target: Target): Promise<number> =>
  settle(target, 'mtt.message_states', 'message_id', messageRanks);
