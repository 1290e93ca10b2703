import { Inject, Injectable } from '@nestjs/common';
import { crmForwarderRefusals, type CrmForwarderRequestV1 } from '@groundswell/contracts';
import { Consumes, Publisher, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { appLogger, RequestServer } from '@groundswell/service';
import { PushRequests } from './push-requests';

/**
 * Answers what the gateway asks for people (design.md §3). Twice is safe: each request leads to a state, and says so when it
 * is there already. Order does not matter. Those that come together are answered side by side: replaying all that failed may
 * take a while. None is parked: whoever asked is told.
 */
@Consumes('requests')
@Injectable()
export class AnswerRequestsHandler implements BatchHandler<CrmForwarderRequestV1> {
  private readonly server: RequestServer<CrmForwarderRequestV1>;

  constructor(
    @Inject(PushRequests) requests: PushRequests,
    @Inject(appLogger) logger: Logger,
    @Inject(Publisher) publisher: Publisher,
  ) {
    const failed = { code: crmForwarderRefusals.failed, text: 'crm-forwarder could not do it' };
    this.server = new RequestServer({ publisher, answer: (request) => requests.answer(request), failed, logger });
  }

  handleBatch(items: BatchItem<CrmForwarderRequestV1>[]): Promise<Outcome[]> {
    return this.server.handleBatch(items);
  }
}
