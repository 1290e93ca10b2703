import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from '@groundswell/observability';
import { appLogger } from './runtime';

/** Logger of this process, for whoever asks. */
@Module({})
export class RuntimeModule {
  static forRoot(logger: Logger): DynamicModule {
    return {
      module: RuntimeModule,
      global: true,
      providers: [{ provide: appLogger, useValue: logger }],
      exports: [appLogger],
    };
  }
}
