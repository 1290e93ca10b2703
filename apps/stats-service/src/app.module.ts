import { Module, type DynamicModule } from '@nestjs/common';
import { ObjectStoreModule } from '@groundswell/object-store';
import { serviceModules, type Runtime } from '@groundswell/service';
import type { StatsConfig } from './config';
import { consumers } from './consumers';
import { jobSchedules, jobTypes } from './jobs';
import { ReportsModule } from './reports/reports.module';
import { RequestsModule } from './requests/requests.module';
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
        ObjectStoreModule.forRoot(config),
        StatsModule.forRoot(config),
        ReportsModule.forRoot(config),
        RequestsModule,
      ],
    };
  }
}
