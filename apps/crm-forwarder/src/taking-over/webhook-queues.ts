import { webhookQueue } from '@groundswell/contracts';
import type { ConsumerSupervisor } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import type { Catalogue, Database } from '@groundswell/persistence';

/** Id in the consumers table. */
const webhooks = 'webhooks';

type Followed = Pick<Catalogue, 'version' | 'refresh' | 'orgs' | 'services' | 'servicesOfOrg'>;

/**
 * Has the consumer `webhooks` read the queue of every org that pushes to a webhook, or has one and may have done so: what
 * came in before it was switched off must not lie there. So are those of orgs marked as deleted. After a rename only the
 * present queue is read: topology-service moves the rest there, and deletes the old one once nobody reads it.
 */
export class WebhookQueues {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Version of the catalogue the queues are those of. */
  private followed: number | undefined;

  constructor(
    private readonly database: Pick<Database, 'connect'>,
    private readonly catalogue: Followed,
    private readonly consumers: Pick<ConsumerSupervisor, 'setQueues'>,
    private readonly logger: Logger,
    private readonly everyMs: number,
  ) {}

  /** Looks as soon as the database is there: at boot it is still being connected to. The consumer must be registered. */
  start(): void {
    this.running = this.database.connect(this.everyMs).then(() => this.look());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    try {
      await this.catalogue.refresh();
      await this.follow();
    } catch (error) {
      this.logger.warn(
        { reason: error instanceof Error ? error.message : String(error) },
        'webhook queues not followed',
      );
    }
    if (!this.stopped) this.timer = setTimeout(() => void (this.running = this.look()), this.everyMs);
  }

  private async follow(): Promise<void> {
    const { version } = this.catalogue;
    if (version === this.followed) return;
    await this.consumers.setQueues(webhooks, webhookQueuesOf(this.catalogue));
    this.followed = version;
  }
}

/** Names of the queues to read, in order. A queue that is not there is waited for by the consumer. */
export function webhookQueuesOf(catalogue: Omit<Followed, 'version' | 'refresh'>): string[] {
  const queues: string[] = [];
  for (const org of catalogue.orgs.rows.values()) {
    const backends = [org.pushBackendId, org.eventBackendId].map((id) => id !== null && catalogue.services.get(id));
    const services = [...backends, ...catalogue.servicesOfOrg(org.id)];
    if (services.some((service) => service && service.name === 'webhook')) queues.push(webhookQueue(org.name));
  }
  return queues.sort();
}
