import type { EntityManager } from 'typeorm';
import { int8Array, timestamptzArray } from '@groundswell/persistence';
import type { TargetShare } from '@groundswell/domain';
import { usableAddress } from './target.read-model';

const waiting = (row: string): string => `${row}.state = 'pending' and ${row}.dupe_rank = 0 and not ${row}.testing`;
/** Later than that, what was planned for the hour waits for the next: nothing catches up in a burst. */
const latestMs = 600_000;

/** Messages of one target in an hour, in order. */
export interface HourShare {
  targetId: string;
  messageIds: number[];
}

/** When messages of campaigns by the hour go (email-and-mtt.md §5.6). */
export class HourRepository {
  constructor(private readonly manager: EntityManager) {}

  /** False when the hour was planned before. */
  async begin(campaignId: number, hour: Date): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `insert into mtt.campaign_hours as h (campaign_id, hour) values ($1, $2)
       on conflict (campaign_id) do update set hour = excluded.hour where h.hour < excluded.hour returning 1`,
      [campaignId, hour],
    );
    return rows.length > 0;
  }

  /** What was due long ago is planned anew. */
  async forgetLate(campaignId: number, now: Date): Promise<void> {
    await this.manager.query(
      `update mtt.message_states set send_after = null, updated_at = now()
        where message_id in (select message_id from mtt.message_states
                              where campaign_id = $1 and state = 'pending' and send_after < $2
                              order by message_id for update)`,
      [campaignId, new Date(now.getTime() - latestMs)],
    );
  }

  /** The oldest waiting messages of each target whose last hour is not still running. */
  async candidates(campaignId: number, cap: number, day: string, maxPerDay: number): Promise<HourShare[]> {
    return this.manager.query(
      `select p.target_id as "targetId", array_agg(s.message_id::float8 order by s.message_id) as "messageIds"
         from mtt.target_progress p
         join catalog.targets t on t.id = p.target_id and t.deleted_at is null
         left join mtt.target_days d on d.target_id = p.target_id and d.day = $3
        cross join lateral (
          select w.message_id from mtt.message_states w
           where w.campaign_id = $1 and w.target_id = p.target_id and ${waiting('w')}
           order by w.message_id limit greatest(0, least($2::int, $4::int - coalesce(d.planned, 0)))) s
        where p.campaign_id = $1 and p.pending > 0 and exists (${usableAddress('p.target_id')})
          and not exists (select from mtt.message_states r
                           where r.campaign_id = $1 and r.target_id = p.target_id and ${waiting('r')}
                             and r.send_after is not null)
        group by p.target_id`,
      [campaignId, cap, day, maxPerDay],
    );
  }

  async schedule(messageIds: readonly number[], sendAfter: readonly Date[]): Promise<void> {
    await this.manager.query(
      `update mtt.message_states s set send_after = w.at, updated_at = now()
         from (select p.message_id, g.at
                 from mtt.message_states p join unnest($1::bigint[], $2::timestamptz[]) as g (id, at) on p.message_id = g.id
                where p.state = 'pending' order by p.message_id for update of p) w
        where s.message_id = w.message_id`,
      [int8Array(messageIds), timestamptzArray(sendAfter)],
    );
  }

  async due(campaignId: number, now: Date): Promise<TargetShare[]> {
    return this.manager.query(
      `select target_id as "targetId", count(*)::int as count from mtt.message_states w
        where campaign_id = $1 and ${waiting('w')} and send_after <= $2 group by target_id order by min(send_after)`,
      [campaignId, now],
    );
  }
}
