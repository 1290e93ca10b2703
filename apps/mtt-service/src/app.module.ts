import { Module, type DynamicModule } from '@nestjs/common';
import { serviceModules, type Runtime } from '@groundswell/service';
import type { MttConfig } from './config';
import { consumers } from './consumers';
import { MttModule } from './mtt.module';

/** The whole app, built from what its start read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime<MttConfig>): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ...serviceModules(runtime, {
          name: 'mtt-service',
          schema: 'mtt',
          consumers,
          database: { avoidFullScans: true },
        }),
        MttModule.forRoot(runtime.config),
      ],
    };
  }
}
