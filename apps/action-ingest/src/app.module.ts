import { Module } from '@nestjs/common';
import { HealthModule } from '@groundswell/observability';
import type { HealthRegistry, Metrics } from '@groundswell/observability';
import { MessagingModule, prometheusMetrics } from '@groundswell/messaging';
import { Database, isDatabaseFault, ParkedRepository } from '@groundswell/persistence';
import type { IngestConfig } from './config';
import { consumers } from './consumers';
import { DatabaseModule } from './database.module';
import { IngestModule } from './ingest.module';
import type { Logger } from './runtime';

export interface Runtime {
  config: IngestConfig;
  logger: Logger;
  health: HealthRegistry;
  metrics: Metrics;
}

/** The whole app, built from what main.ts read. */
@Module({})
export class AppModule {
  static forRoot({ config, logger, health, metrics }: Runtime) {
    return {
      module: AppModule,
      imports: [
        HealthModule.forRoot({ health, metrics }),
        DatabaseModule.forRoot(config, logger),
        MessagingModule.forRootAsync({
          inject: [Database],
          useFactory: (database: Database) => ({
            urls: config.AMQP_URL,
            serviceName: 'action-ingest',
            reconnect: { firstMs: config.RECONNECT_FIRST_MS, maxMs: config.RECONNECT_LONGEST_MS },
            logger,
            metrics: prometheusMetrics(metrics),
            consumers: consumers({
              batchSize: config.BATCH_SIZE,
              batchWaitMs: config.BATCH_WAIT_MS,
              lanes: config.BATCH_LANES,
            }),
            consuming: parkedIn(new ParkedRepository(database, 'actions')),
          }),
        }),
        IngestModule.forRoot(config, logger),
      ],
    };
  }
}

const parkedIn = (parked: ParkedRepository) => ({ parking: parked, attempts: parked, isTransient: isDatabaseFault });
