import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { WebhookMetrics } from './webhook-metrics';
import { WebhookRepository } from './webhook.repository';

/** Removes old webhooks, and says how many wait for a person. Twice is safe. */
export class TidyWebhooksTask implements ScheduledTask {
  readonly id = 'tidy-webhooks';

  constructor(
    private readonly database: Database,
    private readonly metrics: WebhookMetrics,
    private readonly logger: Logger,
    private readonly keepDays: number,
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    const stuck = await this.database.run(async (manager) => {
      const webhooks = new WebhookRepository(manager);
      await webhooks.removeOld(this.keepDays);
      return webhooks.countStuck();
    });
    this.metrics.setStuck(stuck);
    if (stuck > 0) this.logger.warn({ stuck }, 'webhooks wait for a person');
  }
}
