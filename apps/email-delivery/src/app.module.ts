import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, prometheusMetrics } from '@groundswell/messaging';
import { HealthModule, type HealthRegistry, type Metrics } from '@groundswell/observability';
import { Database, isDatabaseFault, ParkedRepository } from '@groundswell/persistence';
import { AcceptingModule } from './accepting/accepting.module';
import type { MailConfig } from './config';
import { consumers } from './consumers';
import { DatabaseModule } from './database.module';
import { EventsModule } from './events/events.module';
import { LoopsModule } from './events/loops/loops.module';
import { WebhooksModule } from './events/webhooks/webhooks.module';
import { MailingsModule } from './mailings/mailings.module';
import { RequestsModule } from './requests/requests.module';
import { RuntimeModule } from './runtime.module';
import type { Logger } from './runtime';
import { SendingModule } from './sending/sending.module';

export interface Runtime {
  config: MailConfig;
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
            serviceName: 'email-delivery',
            reconnect: { firstMs: config.RECONNECT_FIRST_MS, maxMs: config.RECONNECT_LONGEST_MS },
            logger,
            metrics: prometheusMetrics(metrics),
            consumers,
            consuming: parkedIn(new ParkedRepository(database, 'mail')),
          }),
        }),
        EventsModule.forRoot(config),
        LoopsModule.forRoot(config),
        WebhooksModule.forRoot(config),
        SendingModule.forRoot(config),
        AcceptingModule.forRoot(config),
        MailingsModule.forRoot(config),
        RequestsModule.forRoot(config),
      ],
    };
  }
}

const parkedIn = (parked: ParkedRepository) => ({ parking: parked, attempts: parked, isTransient: isDatabaseFault });
