import { Module, type DynamicModule } from '@nestjs/common';
import { JobQueue, JobRunner } from '@groundswell/jobs';
import { Database, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { RecalculateReferencesHandler, type RecalculationSettings } from './recalculate-references.handler';
import { ReferenceDesk } from './reference-desk';

/** References of another recipe (docs/references.md). */
@Module({})
export class ReferencesModule {
  static forRoot(settings: RecalculationSettings): DynamicModule {
    return {
      module: ReferencesModule,
      global: true,
      providers: [
        {
          provide: RecalculateReferencesHandler,
          inject: [Database, OutboxRepository, OutboxRelay],
          useFactory: (database: Database, outbox: OutboxRepository, relay: OutboxRelay) =>
            new RecalculateReferencesHandler(database, outbox, relay, settings),
        },
        {
          provide: ReferenceDesk,
          inject: [JobQueue, JobRunner],
          useFactory: (queue: JobQueue, runner: JobRunner) => new ReferenceDesk(settings.recipe, queue, runner),
        },
      ],
      exports: [ReferenceDesk],
    };
  }
}
