import { Module, type DynamicModule } from '@nestjs/common';
import { serviceModules, type Runtime } from '@groundswell/service';
import type { StatsConfig } from './config';
import { consumers } from './consumers';
import { jobSchedules, jobTypes } from './jobs';
import { StatsModule } from './stats.module';

/** The whole app, built from what its start read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime<StatsConfig>): DynamicModule {
    const { config } = runtime;
    const jobs = { types: jobTypes, schedules: jobSchedules(config) };
    return {
      module: AppModule,
      imports: [
        ...serviceModules(runtime, { name: 'stats-service', schema: 'stats', consumers, jobs }),
        StatsModule.forRoot(config),
      ],
    };
  }
}
