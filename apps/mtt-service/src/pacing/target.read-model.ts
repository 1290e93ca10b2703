import type { EntityManager } from 'typeorm';
import type { TargetProgress } from '@groundswell/domain';

/** The first address of target `t` that takes mail, in the order they were given. */
export const usableAddress = (target: string): string => `
  select e.id, e.email from catalog.target_emails e
    left join mtt.target_email_states es on es.target_email_id = e.id
   where e.target_id = ${target} and not e.disabled and coalesce(es.status, 'none') in ('none', 'active')
   order by e.id limit 1`;

export class TargetReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** Targets of a campaign that messages wait for and that have a usable address. Costs by targets, not by messages. */
  waiting(campaignId: number, day: string, maxPerDay: number): Promise<TargetProgress[]> {
    return this.manager.query(
      `select p.target_id as "targetId", p.total, p.pending, p.planned_at as "plannedAt",
              $3::int - coalesce(d.planned, 0) as room
         from mtt.target_progress p
         join catalog.targets t on t.id = p.target_id and t.deleted_at is null
         left join mtt.target_days d on d.target_id = p.target_id and d.day = $2
        where p.campaign_id = $1 and p.pending > 0 and exists (${usableAddress('p.target_id')})`,
      [campaignId, day, maxPerDay],
    );
  }
}
