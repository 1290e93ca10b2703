import { Publisher } from '@groundswell/messaging';
import { Global, Module, type FactoryProvider } from '@nestjs/common';
import { CatalogOutboxPublisher } from './catalog-outbox.publisher';
import { IngestQueues } from './ingest-queues';

const outboxPublisher: FactoryProvider = {
  provide: CatalogOutboxPublisher,
  inject: [Publisher, IngestQueues],
  useFactory: (publisher: Publisher, queues: IngestQueues) => new CatalogOutboxPublisher(publisher, queues),
};

/** What the relay of schema catalog publishes through, which CatalogueModule must be given. Needs MessagingModule. */
@Global()
@Module({
  providers: [IngestQueues, outboxPublisher],
  exports: [IngestQueues, CatalogOutboxPublisher],
})
export class SpoolPublishingModule {}
