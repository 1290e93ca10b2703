import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ConsumerSupervisor, Publisher } from '@groundswell/messaging';
import {
  Catalogue,
  Database,
  OutboxRelay,
  OutboxRepository,
  TopologyGate,
  TopologyWatch,
} from '@groundswell/persistence';
import { appLogger, type Logger } from '../../runtime';

/** What says to other services what became of mails: outbox and relay of schema mail. Stops after the consumers. */
@Module({})
export class OutboxModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly watch: TopologyWatch,
    private readonly consumers: ConsumerSupervisor,
  ) {}

  static forRoot(): DynamicModule {
    return {
      module: OutboxModule,
      global: true,
      providers: [
        { provide: OutboxRepository, useFactory: () => new OutboxRepository('mail') },
        {
          provide: TopologyGate,
          inject: [Database, Catalogue],
          // All of it is for services of ours: no org's queues matter.
          useFactory: (database: Database, catalogue: Catalogue) =>
            new TopologyGate(database, catalogue, { aliasByDefault: false }),
        },
        {
          provide: OutboxRelay,
          inject: [Database, OutboxRepository, Publisher, TopologyGate, appLogger],
          useFactory: (...[database, outbox, publisher, gate, logger]: RelayParts) =>
            new OutboxRelay(database, outbox, publisher, gate, logger),
        },
        {
          provide: TopologyWatch,
          inject: [Database, Catalogue, TopologyGate, OutboxRelay, appLogger],
          useFactory: (...[database, catalogue, gate, relay, logger]: WatchParts) =>
            new TopologyWatch(database, catalogue, gate, relay, logger),
        },
      ],
      exports: [OutboxRepository, OutboxRelay],
    };
  }

  onApplicationBootstrap(): void {
    this.watch.start();
    this.relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumers.stop();
    await this.watch.stop();
    await this.relay.stop();
  }
}

type RelayParts = [Database, OutboxRepository, Publisher, TopologyGate, Logger];
type WatchParts = [Database, Catalogue, TopologyGate, OutboxRelay, Logger];
