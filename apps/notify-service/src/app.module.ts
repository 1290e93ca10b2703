import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, prometheusMetrics } from '@groundswell/messaging';
import { HealthModule, type HealthRegistry, type Metrics } from '@groundswell/observability';
import { Database, isDatabaseFault, ParkedRepository } from '@groundswell/persistence';
import type { NotifyConfig } from './config';
import { ConfirmsModule } from './confirms/confirms.module';
import { consumers } from './consumers';
import { DatabaseModule } from './database.module';
import { OutboxModule } from './outbox.module';
import { RemindersModule } from './reminders/reminders.module';
import { RuntimeModule } from './runtime.module';
import type { Logger } from './runtime';

export interface Runtime {
  config: NotifyConfig;
  logger: Logger;
  health: HealthRegistry;
  metrics: Metrics;
}

/** The whole app, built from what main.ts read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime): DynamicModule {
    const { config, logger, health, metrics } = runtime;
    return {
      module: AppModule,
      imports: [
        RuntimeModule.forRoot(runtime),
        HealthModule.forRoot({ health, metrics }),
        DatabaseModule.forRoot(config, logger),
        MessagingModule.forRootAsync({
          inject: [Database],
          useFactory: (database: Database) => ({
            urls: config.AMQP_URL,
            serviceName: 'notify-service',
            reconnect: { firstMs: config.RECONNECT_FIRST_MS, maxMs: config.RECONNECT_LONGEST_MS },
            logger,
            metrics: prometheusMetrics(metrics),
            consumers,
            consuming: parkedIn(new ParkedRepository(database, 'notify')),
          }),
        }),
        OutboxModule.forRoot(config),
        ConfirmsModule.forRoot(config),
        RemindersModule.forRoot(config),
      ],
    };
  }
}

const parkedIn = (parked: ParkedRepository) => ({ parking: parked, attempts: parked, isTransient: isDatabaseFault });
