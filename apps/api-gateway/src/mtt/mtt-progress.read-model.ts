import type { TargetProgress } from '@groundswell/domain';
import { takesMail } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

export interface MttProgress {
  waiting: number;
  sending: number;
  sent: number;
  failed: number;
  cancelled: number;
  unknown: number;
  duplicates: number;
}

export interface WaitingTarget extends TargetProgress {
  campaignId: number;
  /** It is there, and has an address that takes mail. */
  isReachable: boolean;
}

export const noProgress: MttProgress = {
  ...{ waiting: 0, sending: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0, duplicates: 0 },
};

/**
 * Where the messages of campaigns stand, for any number of campaigns by one statement. Costs by targets, by what is under way in
 * the whole instance and, index only, by duplicates and cancelled messages; never by what is sent or waits.
 */
export class MttProgressReadModel {
  constructor(private readonly manager: EntityManager) {}

  async ofCampaigns(campaignIds: number[]): Promise<Map<number, MttProgress>> {
    const rows: (MttProgress & { campaignId: number })[] = await this.manager.query(
      `select asked.id as "campaignId", coalesce(sum(p.pending), 0)::int as waiting, coalesce(sum(p.sent), 0)::int as sent,
              coalesce(sum(p.failed), 0)::int as failed, coalesce(sum(p.unknown), 0)::int as unknown,
              (select count(*)::int from mtt.message_states s where s.campaign_id = asked.id and s.state = 'sending'
                  and s.dupe_rank = 0 and not s.testing) as sending,
              (select count(*)::int from mtt.message_states s where s.campaign_id = asked.id and s.state = 'cancelled'
                  and not s.testing) as cancelled,
              (select count(*)::int from mtt.message_states s where s.campaign_id = asked.id and s.dupe_rank > 0
                  and s.state <> 'cancelled' and not s.testing) as duplicates
         from unnest($1::bigint[]) as asked (id) left join mtt.target_progress p on p.campaign_id = asked.id
        group by asked.id`,
      [campaignIds],
    );
    return new Map(rows.map(({ campaignId, ...progress }) => [campaignId, progress]));
  }

  /** Targets with messages that wait. `day`: of the campaign's zone, whose room is asked for. */
  waiting(campaigns: { campaignId: number; day: string; maxPerDay: number }[]): Promise<WaitingTarget[]> {
    return this.manager.query(
      `select p.campaign_id as "campaignId", p.target_id as "targetId", p.total, p.pending, p.planned_at as "plannedAt",
              greatest(asked.most - coalesce(d.planned, 0), 0) as room,
              t.deleted_at is null and exists (
                select from catalog.target_emails e where e.target_id = t.id and ${takesMail('e')}
              ) as "isReachable"
         from unnest($1::bigint[], $2::date[], $3::int[]) as asked (campaign_id, day, most)
         join mtt.target_progress p on p.campaign_id = asked.campaign_id and p.pending > 0
         left join catalog.targets t on t.id = p.target_id
         left join mtt.target_days d on d.target_id = p.target_id and d.day = asked.day`,
      [
        campaigns.map(({ campaignId }) => campaignId),
        campaigns.map(({ day }) => day),
        campaigns.map(({ maxPerDay }) => maxPerDay),
      ],
    );
  }
}
