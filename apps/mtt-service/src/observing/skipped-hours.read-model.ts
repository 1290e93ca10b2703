import type { EntityManager } from 'typeorm';
import { usableAddress } from '../pacing/target.read-model';

/** Why a target got nothing in an hour though messages waited. `not planned`: paused, without a backend, or nobody was there. */
export type SkipReason = 'still running' | 'day full' | 'no address' | 'not planned';

export interface SkippedHours {
  reason: SkipReason;
  /** Hours of all targets together. */
  hours: number;
}

/** Hours of targets that are skipped, by campaign. Costs by the targets that messages wait for. */
export class SkippedHoursReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** The hour that was planned last; null: none was. */
  async lastPlanned(campaignId: number): Promise<Date | null> {
    const rows: { hour: Date }[] = await this.manager.query(
      'select hour from mtt.campaign_hours where campaign_id = $1',
      [campaignId],
    );
    return rows[0]?.hour ?? null;
  }

  /** Of the hour about to be planned: to be asked before its messages get their times. */
  ofHour(campaignId: number, day: string, maxPerDay: number): Promise<SkippedHours[]> {
    return this.manager.query(
      `select reason, count(*)::int as hours from (
         select case
           when t.id is null or not exists (${usableAddress('p.target_id')}) then 'no address'
           when exists (select from mtt.message_states r
                         where r.campaign_id = $1 and r.target_id = p.target_id and r.state = 'pending'
                           and r.dupe_rank = 0 and not r.testing and r.send_after is not null) then 'still running'
           when d.planned >= $3::int then 'day full' end as reason
           from mtt.target_progress p
           left join catalog.targets t on t.id = p.target_id and t.deleted_at is null
           left join mtt.target_days d on d.target_id = p.target_id and d.day = $2
          where p.campaign_id = $1 and p.pending > 0) s
        where reason is not null group by reason`,
      [campaignId, day, maxPerDay],
    );
  }

  /** Between two hours that were planned: those in which a target's first message was there and nobody planned it. */
  async between(campaignId: number, last: Date, hour: Date): Promise<SkippedHours[]> {
    const rows: { hours: number }[] = await this.manager.query(
      `select coalesce(sum(greatest(0, extract(epoch from $3::timestamptz - date_trunc('hour', greatest(
                $2::timestamptz, m.start_at, w.created_at), 'UTC')) / 3600 - 1)), 0)::int as hours
         from mtt.target_progress p
         join catalog.mtt m on m.campaign_id = p.campaign_id
        cross join lateral (
          select created_at, attempts from mtt.message_states
           where campaign_id = $1 and target_id = p.target_id and state = 'pending' and dupe_rank = 0 and not testing
           order by message_id limit 1) w
        where p.campaign_id = $1 and p.pending > 0 and w.attempts = 0`,
      [campaignId, last, hour],
    );
    const hours = rows[0]?.hours ?? 0;
    return hours > 0 ? [{ reason: 'not planned', hours }] : [];
  }
}
