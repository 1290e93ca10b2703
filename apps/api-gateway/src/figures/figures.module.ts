import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { BrokerHealth, Publisher, watchMessaging } from '@groundswell/messaging';
import { Metrics } from '@groundswell/observability';
import { Catalogue, Database, OutboxRelay, watchCatalogue, watchDatabase, watchRelay } from '@groundswell/persistence';

/** Figures that the gateway has in memory anyway, looked at when somebody reads the metrics. */
@Module({})
export class FiguresModule implements OnApplicationBootstrap {
  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly relay: OutboxRelay,
    private readonly broker: BrokerHealth,
    private readonly publisher: Publisher,
  ) {}

  onApplicationBootstrap(): void {
    const { metrics, database, catalogue, relay, broker, publisher } = this;
    watchDatabase(metrics, database);
    watchCatalogue(metrics, catalogue);
    watchRelay(metrics, relay);
    watchMessaging(metrics, { broker, publisher });
  }
}
