import { Module, type DynamicModule } from '@nestjs/common';
import { serviceModules, type Runtime } from '@groundswell/service';
import type { StatsConfig } from './config';
import { consumers } from './consumers';
import { StatsModule } from './stats.module';

/** The whole app, built from what its start read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime<StatsConfig>): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ...serviceModules(runtime, { name: 'stats-service', schema: 'stats', consumers }),
        StatsModule.forRoot(runtime.config),
      ],
    };
  }
}
