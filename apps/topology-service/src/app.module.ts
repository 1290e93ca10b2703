import { Global, Module, type DynamicModule } from '@nestjs/common';
import { HealthModule, type HealthRegistry, type Logger, type Metrics } from '@groundswell/observability';
import { CONFIG, LOGGER } from './app.tokens';
import type { TopologyConfig } from './config';
import { ReconciliationModule } from './reconciliation/reconciliation.module';

export interface AppParts {
  config: TopologyConfig;
  logger: Logger;
  health: HealthRegistry;
  metrics: Metrics;
}

@Global()
@Module({})
export class AppModule {
  static forRoot({ config, logger, health, metrics }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [HealthModule.forRoot({ health, metrics }), ReconciliationModule],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
      ],
      exports: [CONFIG, LOGGER],
    };
  }
}
