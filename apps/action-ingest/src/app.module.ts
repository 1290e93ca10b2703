import { Module, type DynamicModule } from '@nestjs/common';
import { serviceModules, type Runtime } from '@groundswell/service';
import type { IngestConfig } from './config';
import { consumers } from './consumers';
import { IngestModule } from './ingest.module';
import { jobSchedules, jobTypes } from './jobs';
import { settingsOf } from './ingest-settings';

/** The whole app, built from what its start read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime<IngestConfig>): DynamicModule {
    const { config } = runtime;
    const settings = settingsOf(config);
    return {
      module: AppModule,
      imports: [
        ...serviceModules(runtime, {
          name: 'action-ingest',
          schema: 'actions',
          consumers: consumers({
            batchSize: config.BATCH_SIZE,
            batchWaitMs: config.BATCH_WAIT_MS,
            lanes: config.BATCH_LANES,
          }),
          database: { lockTimeoutMs: 10_000, avoidFullScans: true },
          topology: settings.topology,
          jobs: { types: jobTypes, schedules: jobSchedules(config) },
        }),
        IngestModule.forRoot(settings),
      ],
    };
  }
}
