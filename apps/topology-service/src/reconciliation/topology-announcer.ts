import { randomUUID } from 'node:crypto';
import { exchanges, topologyChangedKey, topologyChangedV1, type TopologyChangedV1 } from '@groundswell/contracts';
import type { Publisher } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { orgIdOf } from '../desired/org-scope';
import type { QueueSet } from './queue-set.repository';

/** Tells caches and relays that a row of queue_sets changed. Best effort: they compare the table every 2 s anyway. */
export class TopologyAnnouncer {
  private waiting: TopologyChangedV1[] = [];

  constructor(
    private readonly publisher: Pick<Publisher, 'publish'>,
    private readonly logger: Logger,
  ) {}

  /** Notes a change that is committed. It goes out with `flush`, since before the first round there is no exchange. */
  add({ scope, version, state }: QueueSet): void {
    this.waiting.push({ schema: 'groundswell:topology:1', orgId: orgIdOf(scope), version, state });
  }

  async flush(): Promise<void> {
    const events = this.waiting.splice(0);
    const results = await Promise.all(
      events.map((event) =>
        this.publisher.publish({
          exchange: exchanges.event,
          routingKey: topologyChangedKey,
          body: JSON.stringify(topologyChangedV1.parse(event)),
          messageId: `topology:${randomUUID()}`,
          mandatory: false,
          persistent: false,
        }),
      ),
    );
    const lost = results.filter(({ status }) => status === 'unavailable').length;
    if (lost > 0) this.logger.debug({ lost }, 'topology changes not announced; readers compare the table');
  }
}
