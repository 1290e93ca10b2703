import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { allCatalogueKeys, catalogueChangedV1, type CatalogueChangedV1 } from '@groundswell/contracts';
import { EventTap, watchMessaging, type BrokerConnections, type ConsumerSupervisor } from '@groundswell/messaging';
import type { Publisher } from '@groundswell/messaging';
import type { HealthRegistry, Logger, Metrics } from '@groundswell/observability';
import { watchDatabase, type Database } from '@groundswell/persistence';
import type { ConsumerPauses } from '@groundswell/service';
import type { QueueSampler } from '../sampling/queue-sampler';
import type { QueueWatch } from '../watching/queue-watch';
import type { Alarms } from './alarms';
import type { ReconcileLoop } from './reconcile-loop';
import { registerTopologyHealth } from './topology-health';

export interface TopologyRuntimeParts {
  database: Database;
  connections: BrokerConnections;
  publisher: Publisher;
  consumers: ConsumerSupervisor;
  loop: ReconcileLoop;
  watch: QueueWatch;
  sampler: QueueSampler;
  pauses: ConsumerPauses;
  alarms: Alarms;
  health: HealthRegistry;
  logger: Logger;
  metrics: Metrics;
}

/** Starts everything without waiting for broker or database, and ends it in the order that loses nothing: the requests and
 *  the round in hand, the lease, the last announcements, the connections. */
export class TopologyRuntime implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly tap: EventTap<CatalogueChangedV1>;

  constructor(private readonly parts: TopologyRuntimeParts) {
    const { connections, loop, logger } = parts;
    this.tap = new EventTap({
      connection: connections.consume,
      serviceName: 'topology',
      keys: [allCatalogueKeys],
      contract: catalogueChangedV1,
      onEvent: () => loop.wake(),
      onOpen: () => loop.wake(),
      logger,
    });
  }

  onApplicationBootstrap(): void {
    const { database, connections, publisher, consumers, loop, watch, sampler, pauses, alarms, health } = this.parts;
    registerTopologyHealth(health, { loop, database, broker: connections.health, alarms });
    watchDatabase(this.parts.metrics, database);
    watchMessaging(this.parts.metrics, { broker: connections.health, publisher, consumers });
    connections.start();
    publisher.start();
    consumers.start();
    this.tap.start();
    // A database that answers is there within moments; without one the loop starts all the same and says so.
    void database.connect(3_000).then(() => loop.start());
    watch.start();
    sampler.start();
    pauses.start();
  }

  async onApplicationShutdown(): Promise<void> {
    const { database, connections, publisher, consumers, loop, watch, sampler, pauses } = this.parts;
    await this.tap.stop();
    await consumers.stop();
    await watch.stop();
    await sampler.stop();
    await pauses.stop();
    await loop.stop();
    await publisher.close();
    await connections.close();
    await database.close();
  }
}
