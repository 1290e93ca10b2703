import { Module } from '@nestjs/common';
import type { NotifyServiceRequestV1 } from '@groundswell/contracts';
import { AnswerRequestsHandler, requestAnswering, type RequestAnswering } from '@groundswell/service';
import { MailoutRequests } from '../mailouts/mailout-requests';
import { RuleRequests } from '../rules/rule-requests';
import { answerersFor } from './request-answerers';

/** What other services ask of this one. Needs the global modules of the features that answer. */
@Module({
  controllers: [AnswerRequestsHandler],
  providers: [
    {
      provide: requestAnswering,
      inject: [MailoutRequests, RuleRequests],
      useFactory: (mailouts: MailoutRequests, rules: RuleRequests): RequestAnswering<NotifyServiceRequestV1> => ({
        schema: 'notify',
        answerers: answerersFor({ mailouts, rules }),
        failed: { code: 'notify.failed', text: 'notify-service could not do it' },
      }),
    },
  ],
})
export class RequestsModule {}
