import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { Logger } from '@groundswell/observability';
import type { MttMetrics } from '../mtt-metrics';
import { CampaignReadModel } from './campaign.read-model';
import { failClosedWindows } from './closed-windows';
import type { CyclePlanner } from './cycle-planner';
import { databaseNow } from './database-clock';
import { planCampaigns, type Plan } from './plan-campaigns';
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
    private readonly cycleMs: number,
  ) {}

  /** What is wrong with one part stops no other. */
  async run(): Promise<void> {
    const now = await databaseNow(this.database);
    const faults: { error: unknown }[] = [];
    for (const part of [() => this.drip(now), () => this.test(now), () => this.close(now)]) {
      await part().catch((error: unknown) => faults.push({ error }));
    }
    if (faults[0]) throw faults[0].error;
  }

  private async drip(now: Date): Promise<void> {
    const running = await this.read((campaigns) => campaigns.running(true, now));
    const plan: Plan = (campaign, lease) => this.planner.plan(campaign, lease, now);
    await planCampaigns(running, this.leases, this.metrics.counting('drip', plan), this.logger, this.metrics);
  }

  private async test(now: Date): Promise<void> {
    await this.tests.cancelOld(now);
    const testing = await this.read((campaigns) => campaigns.testing());
    const plan: Plan = (campaign, lease) => this.tests.plan(campaign, lease, now);
    await planCampaigns(testing, this.leases, this.metrics.counting('test', plan), this.logger);
  }

  private async close(now: Date): Promise<void> {
    const failed = await failClosedWindows(this.database, now);
    if (failed > 0) this.logger.warn({ messages: failed }, 'messages to targets that could not be sent in time');
  }

  private read<T>(work: (campaigns: CampaignReadModel) => Promise<T>): Promise<T> {
    return this.database.run((manager) => work(new CampaignReadModel(manager, this.cycleMs)));
  }
}
