import type { Database, ScheduledTask } from '@groundswell/persistence';
import { databaseNow } from '../pacing/database-clock';
import type { CampaignGauges } from './campaign-gauges';
import { LiveCampaignReadModel } from './live-campaign.read-model';

/**
 * Shows where live campaigns stand, on the one replica that has the lease. A turn is half the interval and every second one looks:
 * the first look comes early, and the lease outlives the time between two of them. Figures that no look renews are forgotten.
 */
export class ObserveCampaignsTask implements ScheduledTask {
  readonly id = 'mtt-observe';
  readonly everyMs: number;
  private isLookDue = true;
  private forgetting: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly gauges: CampaignGauges,
    private readonly intervalMs: number,
  ) {
    this.everyMs = Math.ceil(intervalMs / 2);
  }

  async run(): Promise<void> {
    const isDue = this.isLookDue;
    this.isLookDue = !isDue;
    if (isDue) await this.look(await databaseNow(this.database));
  }

  async look(now: Date): Promise<void> {
    const campaigns = await this.database.transaction((manager) => new LiveCampaignReadModel(manager).read(now));
    this.gauges.show(campaigns, now);
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => this.gauges.forget(), this.intervalMs * 2).unref();
  }
}
