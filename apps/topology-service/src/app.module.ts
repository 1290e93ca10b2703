import { Global, Module, type DynamicModule } from '@nestjs/common';
import {
  HealthModule,
  TelemetryModule,
  type HealthRegistry,
  type Logger,
  type Metrics,
  type Telemetry,
} from '@groundswell/observability';
import { telemetryOf } from '@groundswell/service';
import { CONFIG, LOGGER } from './app.tokens';
import type { TopologyConfig } from './config';
import { ReconciliationModule } from './reconciliation/reconciliation.module';

export interface AppParts {
  config: TopologyConfig;
  logger: Logger;
  health: HealthRegistry;
  metrics: Metrics;
  telemetry: Telemetry;
}

@Global()
@Module({})
export class AppModule {
  static forRoot({ config, logger, health, metrics, telemetry }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TelemetryModule.forRoot(telemetry),
        HealthModule.forRoot({ health, metrics, telemetry: telemetryOf(config, logger) }),
        ReconciliationModule,
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
      ],
      exports: [CONFIG, LOGGER],
    };
  }
}
