import { Inject, Injectable } from '@nestjs/common';
import { crmForwarderRefusals, type CrmForwarderRequestV1 } from '@groundswell/contracts';
import {
  Consumes,
  isTransient,
  Publisher,
  RpcRefusedError,
  serveRequests,
  type BatchHandler,
  type BatchItem,
  type MessageHandler,
  type Outcome,
} from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { isDatabaseFault } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { PushRequests } from './push-requests';

/**
 * Answers what the gateway asks for people (design.md §3). Twice is safe: each request leads to a state, and says so when it
 * is there already. Order does not matter. Those that come together are answered side by side: replaying all that failed may
 * take a while. None is parked: whoever asked is told.
 */
@Consumes('requests')
@Injectable()
export class AnswerRequestsHandler implements BatchHandler<CrmForwarderRequestV1> {
  private readonly server: MessageHandler<CrmForwarderRequestV1>;

  constructor(
    @Inject(PushRequests) private readonly requests: PushRequests,
    @Inject(appLogger) private readonly logger: Logger,
    @Inject(Publisher) publisher: Publisher,
  ) {
    this.server = serveRequests(publisher, (request: CrmForwarderRequestV1) => this.answerOrRefuse(request));
  }

  handleBatch(items: BatchItem<CrmForwarderRequestV1>[]): Promise<Outcome[]> {
    return Promise.all(items.map(({ message, envelope }) => this.server.handle(message, envelope)));
  }

  private async answerOrRefuse(request: CrmForwarderRequestV1): Promise<unknown> {
    try {
      return await this.requests.answer(request);
    } catch (error) {
      if (error instanceof RpcRefusedError || isTransient(error) || isDatabaseFault(error)) throw error;
      this.logger.error({ err: error, kind: request.kind, requestId: request.id }, 'request not answered');
      throw new RpcRefusedError(crmForwarderRefusals.failed, 'crm-forwarder could not do it');
    }
  }
}
