import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { envelopeOf, type IngestConfig } from '../config';
import { ingestSettings, type IngestSettings } from '../ingest-settings';
import { DetailClient } from './detail-client';
import { DetailLookups } from './detail-lookups';
import { LookupDetailHandler } from './lookup-detail.handler';

/** Look-ups of supporters at the collectors' own services (processing.md §8.2). */
@Module({})
export class DetailsModule implements OnApplicationShutdown {
  constructor(private readonly client: DetailClient) {}

  static forRoot(config: IngestConfig, settings: IngestSettings): DynamicModule {
    const { connectTimeoutMs, timeoutMs, allowPrivate } = settings.details;
    return {
      module: DetailsModule,
      global: true,
      providers: [
        { provide: ingestSettings, useValue: settings },
        {
          provide: DetailClient,
          useFactory: () => new DetailClient(envelopeOf(config), { connectTimeoutMs, timeoutMs, allowPrivate }),
        },
        DetailLookups,
        LookupDetailHandler,
      ],
      exports: [DetailLookups],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
