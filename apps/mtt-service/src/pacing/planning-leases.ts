import type { Database, LeaseRepository } from '@groundswell/persistence';
import type { PlanningLease } from './message-claimer';

/** One planner per campaign at a time, in the whole fleet. */
export class PlanningLeases {
  constructor(
    private readonly database: Database,
    private readonly leases: LeaseRepository,
    private readonly holder: string,
    /** Far longer than planning a campaign takes; a planner that was stopped for longer finds its number used up. */
    private readonly ttlMs: number,
  ) {}

  /** Null while somebody else plans the campaign. */
  async take(campaignId: number): Promise<PlanningLease | null> {
    const name = `campaign:${campaignId}`;
    const fencing = await this.database.run((manager) => this.leases.acquire(manager, name, this.holder, this.ttlMs));
    return fencing === null ? null : { name, fencing };
  }
}
