import { Module } from '@nestjs/common';
import { PushControl } from '../pushing/push-control';
import { AnswerRequestsHandler } from './answer-requests.handler';
import { PushRequests } from './push-requests';

/** What the gateway asks of this service. Needs the global module of pushing. */
@Module({
  controllers: [AnswerRequestsHandler],
  providers: [
    { provide: PushRequests, inject: [PushControl], useFactory: (control: PushControl) => new PushRequests(control) },
  ],
})
export class RequestsModule {}
