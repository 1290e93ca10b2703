import type { Database } from '@groundswell/persistence';

const rowsAtOnce = 5_000;

/** Messages that wait in campaigns that ended more than a day ago, or are gone. */
const closed = `
  select s.message_id from mtt.target_progress p
    left join catalog.mtt m on m.campaign_id = p.campaign_id
   cross join lateral (
     select message_id from mtt.message_states
      where campaign_id = p.campaign_id and target_id = p.target_id
        and state = 'pending' and dupe_rank = 0 and not testing limit $2) s
   where p.pending > 0 and (m.id is null or m.end_at < $1::timestamptz - interval '24 hours') limit $2`;

/** What could not be sent in its time has failed, and says so (email-and-mtt.md §5.4). Returns how many. */
export async function failClosedWindows(database: Database, now: Date): Promise<number> {
  let failed = 0;
  for (let count = rowsAtOnce; count === rowsAtOnce; failed += count) {
    [, count] = await database.run((manager): Promise<[unknown, number]> =>
      manager.query(
        `update mtt.message_states set state = 'failed', error = 'window closed', send_after = null, updated_at = now()
            where message_id in (select message_id from mtt.message_states
                                  where message_id in (${closed}) and state = 'pending' order by message_id for update)`,
        [now, rowsAtOnce],
      ),
    );
  }
  return failed;
}
