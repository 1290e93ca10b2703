import { topologyChangedKey, topologyChangedV1 } from '@groundswell/contracts';
import type { BrokerState } from '@groundswell/messaging';
import type { IngestQueues } from './ingest-queues';

export interface IngestQueueWatchOptions {
  queues: IngestQueues;
  readModel: { isConfirmed(): Promise<boolean> };
  /** Drains the spool. */
  relay: { wake(): void };
  /** Events of topology-service; body null: some may have been missed. */
  events?: { listen(keys: string[], listener: (routingKey: string, body: unknown) => void): () => void };
  /** The publishing connection. */
  broker: { onChange(listener: (state: BrokerState) => void): () => void };
  publisher: { readonly isReady: boolean };
  /** How often the database is asked, ms. */
  refreshMs: number;
}

/** Keeps IngestQueues current: every `refreshMs`, at every topology event and after every reconnect. While the database
 *  is away what was known last stands: a queue that went missing meanwhile returns what is published to it. Wakes the
 *  relay when publishing works again, since its own pause may have grown to a minute. */
export class IngestQueueWatch {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = true;
  private isUsable = false;
  private stopListening: (() => void)[] = [];

  constructor(private readonly options: IngestQueueWatchOptions) {}

  start(): void {
    this.isStopped = false;
    const { events, broker } = this.options;
    this.stopListening = [
      events?.listen([topologyChangedKey], (_routingKey, body) => this.onEvent(body)) ?? (() => undefined),
      broker.onChange((state) => {
        if (state === 'up') void this.refresh();
        else this.isUsable = false;
      }),
    ];
    void this.refresh();
    this.schedule();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    for (const stop of this.stopListening) stop();
  }

  /** Never throws: the database's state is known to its health check. */
  async refresh(): Promise<void> {
    const { queues, readModel } = this.options;
    const toldBefore = queues.toldCount;
    try {
      const isConfirmed = await readModel.isConfirmed();
      if (queues.toldCount === toldBefore) queues.tell(isConfirmed);
    } catch {
      // The last state stands, see above; the next look is at most `refreshMs` away.
    }
    this.wakeIfUsableAgain();
  }

  private onEvent(body: unknown): void {
    if (body === null) return void this.refresh();
    const event = topologyChangedV1.safeParse(body);
    if (!event.success || event.data.orgId !== null) return;
    this.options.queues.tell(event.data.state === 'confirmed');
    this.wakeIfUsableAgain();
  }

  private wakeIfUsableAgain(): void {
    const { queues, publisher, relay } = this.options;
    const wasUsable = this.isUsable;
    this.isUsable = queues.isSystemConfirmed && publisher.isReady;
    if (this.isUsable && !wasUsable) relay.wake();
  }

  private schedule(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.refresh().finally(() => this.schedule()), this.options.refreshMs);
    this.timer.unref();
  }
}
