import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { Logger } from '@groundswell/observability';
import type { MttMetrics } from '../mtt-metrics';
import { CampaignReadModel } from './campaign.read-model';
import { databaseNow } from './database-clock';
import type { HourPlanner } from './hour-planner';
import { planCampaigns, type Plan } from './plan-campaigns';
import type { PlanningLeases } from './planning-leases';

/** Campaigns by the hour: their times at each full hour, and what is due now. Twice is safe: see HourPlanner. */
export class PlanHourTask implements ScheduledTask {
  readonly id = 'mtt-hour';

  constructor(
    private readonly database: Database,
    private readonly leases: PlanningLeases,
    private readonly planner: HourPlanner,
    private readonly metrics: MttMetrics,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly cycleMs: number,
  ) {}

  async run(): Promise<void> {
    const now = await databaseNow(this.database);
    const campaigns = await this.database.run((manager) =>
      new CampaignReadModel(manager, this.cycleMs).running(false, now),
    );
    const plan: Plan = (campaign, lease) => this.planner.plan(campaign, lease, now);
    await planCampaigns(campaigns, this.leases, this.metrics.counting('hourly', plan), this.logger, this.metrics);
  }
}
