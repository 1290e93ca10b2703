import { Module, type DynamicModule } from '@nestjs/common';
import { ObjectStoreModule } from '@groundswell/object-store';
import { serviceModules, type Runtime } from '@groundswell/service';
import { AttachmentsModule } from './attachments/attachments.module';
import { attachmentsSettingsOf } from './attachments/attachments-settings';
import type { IngestConfig } from './config';
import { consumers } from './consumers';
import { DetailsModule } from './details/details.module';
import { EnrichingModule } from './enriching/enriching.module';
import { enrichmentSettingsOf } from './enriching/enrichment-settings';
import { ExpiringModule } from './expiring/expiring.module';
import { ImportingModule } from './importing/importing.module';
import { IngestModule } from './ingest.module';
import { jobSchedules, jobTypes } from './jobs';
import { ReferencesModule } from './references/references.module';
import { importingSettingsOf, recalculationSettingsOf, settingsOf } from './ingest-settings';

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
          // Signatures wait for look-ups of details: long jobs of two orgs must not hold these up.
          jobs: { types: jobTypes, schedules: jobSchedules(config), settings: { slots: 4 } },
        }),
        ObjectStoreModule.forRoot(config),
        DetailsModule.forRoot(config, settings),
        EnrichingModule.forRoot(enrichmentSettingsOf(config)),
        AttachmentsModule.forRoot(attachmentsSettingsOf(config)),
        ExpiringModule,
        ImportingModule.forRoot(importingSettingsOf(config)),
        ReferencesModule.forRoot(recalculationSettingsOf(config)),
        IngestModule.forRoot(settings),
      ],
    };
  }
}
