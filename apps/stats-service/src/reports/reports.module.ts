import { Module, type DynamicModule } from '@nestjs/common';
import { JobControl, JobQueue } from '@groundswell/jobs';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Catalogue, Database, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { publicUrlOf, type StatsConfig } from '../config';
import { ReportHandler } from './report.handler';
import { ReportRequests } from './report-requests';
import { TidyReportsHandler } from './tidy-reports.handler';

/** Background reports (docs/reports.md). Global: requests for them are answered elsewhere. */
@Module({})
export class ReportsModule {
  static forRoot(config: StatsConfig): DynamicModule {
    return {
      module: ReportsModule,
      global: true,
      providers: [
        {
          provide: ReportRequests,
          inject: [JobQueue, JobControl, objectStore],
          useFactory: (queue: JobQueue, control: JobControl, store: ObjectStore | null) =>
            new ReportRequests(queue, control, store !== null),
        },
        {
          provide: ReportHandler,
          inject: [Database, Catalogue, objectStore, OutboxRepository, OutboxRelay],
          useFactory: (...[database, catalogue, store, outbox, relay]: HandlerParts) =>
            new ReportHandler({ database, catalogue, store, outbox, relay, publicUrl: publicUrlOf(config) }),
        },
        {
          provide: TidyReportsHandler,
          inject: [JobControl, objectStore],
          useFactory: (control: JobControl, store: ObjectStore | null) => new TidyReportsHandler(control, store),
        },
      ],
      exports: [ReportRequests],
    };
  }
}

type HandlerParts = [Database, Catalogue, ObjectStore | null, OutboxRepository, OutboxRelay];
