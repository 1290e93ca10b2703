import { Module } from '@nestjs/common';
import type { StatsServiceRequestV1 } from '@groundswell/contracts';
import { AnswerRequestsHandler, requestAnswering, type RequestAnswering } from '@groundswell/service';
import { ReportRequests } from '../reports/report-requests';
import { answerersFor } from './request-answerers';

/** What other services ask of this one. Needs the global modules of the features that answer. */
@Module({
  controllers: [AnswerRequestsHandler],
  providers: [
    {
      provide: requestAnswering,
      inject: [ReportRequests],
      useFactory: (reports: ReportRequests): RequestAnswering<StatsServiceRequestV1> => ({
        schema: 'stats',
        answerers: answerersFor({ reports }),
        failed: { code: 'stats.failed', text: 'stats-service could not do it' },
      }),
    },
  ],
})
export class RequestsModule {}
