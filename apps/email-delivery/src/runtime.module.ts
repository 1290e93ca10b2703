import { Module, type DynamicModule } from '@nestjs/common';
import { Metrics } from '@groundswell/observability';
import { appLogger, type Logger } from './runtime';

/** Logger and metrics of this process, for whoever asks. */
@Module({})
export class RuntimeModule {
  static forRoot({ logger, metrics }: { logger: Logger; metrics: Metrics }): DynamicModule {
    return {
      module: RuntimeModule,
      global: true,
      providers: [
        { provide: appLogger, useValue: logger },
        { provide: Metrics, useValue: metrics },
      ],
      exports: [appLogger, Metrics],
    };
  }
}
