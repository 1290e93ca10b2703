import type { EntityManager } from 'typeorm';
import type { ReminderSettings } from './reminder-settings';

/** One reminder that is due now. */
export interface DueReminder {
  actionId: number;
  /** Fingerprint of the supporter. */
  ref: Buffer;
  /** From 1. */
  number: number;
  /** When the action was accepted. */
  insertedAt: Date;
}

/** Runs come an hour apart, so what was asked at the same time of day is due again an hour early. */
const toleranceHours = 1;

/** Who has to be reminded, of those `actions.unconfirmed` shows. */
export class DueReminderReadModel {
  constructor(private readonly manager: EntityManager) {}

  /**
   * The newest signature of each person and campaign on these pages: reminder n is due n delays after it, and one delay after
   * the last one of any signature of theirs in the campaign, of any org. What is older than all its reminders and one delay
   * more is left alone, so a setting switched on late wakes nobody of long ago.
   */
  due(pageIds: readonly number[], { delayDays, maxCount }: ReminderSettings, limit: number): Promise<DueReminder[]> {
    return this.manager.query(
      `with newest as (
         select distinct on (u.campaign_id, u.ref) u.action_id, u.campaign_id, u.ref, u.inserted_at
           from actions.unconfirmed u
          where u.action_page_id = any($1::bigint[])
            and u.inserted_at > now() - ($3::int + 1) * $2::int * interval '1 day'
          order by u.campaign_id, u.ref, u.action_id desc
       ), asked as (
         select n.action_id, max(r.asked_at) as last_at, count(*) filter (where r.asked_at >= n.inserted_at) as since,
                coalesce(max(r.number) filter (where r.action_id = n.action_id), 0) as own
           from newest n
           left join actions.unconfirmed u on u.ref = n.ref and u.campaign_id = n.campaign_id
           left join notify.reminders r on r.action_id = u.action_id
          group by n.action_id
       )
       select n.action_id::int8 as "actionId", n.ref, (a.own + 1)::int as number, n.inserted_at as "insertedAt"
         from newest n join asked a using (action_id)
        where a.since < $3::int
          and n.inserted_at <= now() - (a.since + 1) * $2::int * interval '1 day'
          and (a.last_at is null or a.last_at <= now() - $2::int * interval '1 day' + interval '${toleranceHours} hours')
        order by n.action_id limit $4`,
      [pageIds, delayDays, maxCount, limit],
    );
  }
}
