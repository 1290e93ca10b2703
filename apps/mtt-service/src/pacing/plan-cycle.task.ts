import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { Logger } from '@groundswell/observability';
import type { MttMetrics } from '../mtt-metrics';
import { CampaignReadModel } from './campaign.read-model';
import { failClosedWindows } from './closed-windows';
import type { CyclePlanner } from './cycle-planner';
import { databaseNow } from './database-clock';
import { planCampaigns } from './plan-campaigns';
import type { PlanningLeases } from './planning-leases';
import type { TestMails } from './test-mails';

/** Every cycle: campaigns that drip, then test mails, then what could not be sent in time. Twice is safe: see CyclePlanner. */
export class PlanCycleTask implements ScheduledTask {
  readonly id = 'mtt-cycle';

  constructor(
    private readonly database: Database,
    private readonly leases: PlanningLeases,
    private readonly planner: CyclePlanner,
    private readonly tests: TestMails,
    private readonly metrics: MttMetrics,
    private readonly logger: Logger,
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    const now = await databaseNow(this.database);
    const running = await this.read((campaigns) => campaigns.running(true, now));
    const planned = await planCampaigns(
      running,
      this.leases,
      (campaign, lease) => this.planner.plan(campaign, lease, now),
      this.logger,
    );
    this.metrics.handedOver('drip', planned);
    await this.tests.cancelOld(now);
    const tested = await planCampaigns(
      await this.read((campaigns) => campaigns.testing()),
      this.leases,
      (campaign, lease) => this.tests.plan(campaign, lease, now),
      this.logger,
    );
    this.metrics.handedOver('test', tested);
    const failed = await failClosedWindows(this.database, now);
    if (failed > 0) this.logger.warn({ messages: failed }, 'messages to targets that could not be sent in time');
  }

  private read<T>(work: (campaigns: CampaignReadModel) => Promise<T>): Promise<T> {
    return this.database.run((manager) => work(new CampaignReadModel(manager, this.everyMs)));
  }
}
