import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { openAwsEnrichers } from './aws/aws-enrichers';
import { EnrichActionHandler } from './enrich-action.handler';
import { EnrichAttachmentsHandler } from './enrich-attachments.handler';
import { enrichers, type Enrichers } from './enricher';
import { EnrichmentPlanner } from './enrichment-planner';
import { EnrichmentRequests } from './enrichment-requests';
import { enrichmentSettings, type EnrichmentSettings } from './enrichment-settings';
import { PollTranscriptionHandler } from './poll-transcription.handler';

/** Has outside services translate, judge, transcribe and label what actions hold (docs/enrichment.md). Needs the global module
 *  of the object store. */
@Module({})
export class EnrichingModule implements OnApplicationShutdown {
  constructor(@Inject(enrichers) private readonly opened: Enrichers | null) {}

  /** Null: nothing is enriched. */
  static forRoot(settings: EnrichmentSettings | null): DynamicModule {
    return {
      module: EnrichingModule,
      global: true,
      providers: [
        { provide: enrichmentSettings, useValue: settings },
        {
          provide: enrichers,
          inject: [objectStore],
          useFactory: (store: ObjectStore | null) => settings && openAwsEnrichers(settings, store),
        },
        EnrichmentPlanner,
        EnrichmentRequests,
        EnrichActionHandler,
        EnrichAttachmentsHandler,
        PollTranscriptionHandler,
      ],
      exports: [EnrichmentPlanner, EnrichmentRequests],
    };
  }

  /** Calls under way end by their own timeouts. */
  async onApplicationShutdown(): Promise<void> {
    await this.opened?.close();
  }
}
