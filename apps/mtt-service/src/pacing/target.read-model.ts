import type { EntityManager } from 'typeorm';
import type { TargetProgress } from '@groundswell/domain';
import { takesMail } from '@groundswell/persistence';

/** The first address of target `t` that takes mail, in the order they were given. */
export const usableAddress = (target: string): string => `
  select e.id, e.email from catalog.target_emails e
   where e.target_id = ${target} and ${takesMail('e')}
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
