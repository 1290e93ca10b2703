import {
  isTransient,
  RpcRefusedError,
  serveRequests,
  type BatchHandler,
  type BatchItem,
  type MessageHandler,
  type Outcome,
  type Publisher,
} from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { isDatabaseFault } from '@groundswell/persistence';

export interface RequestServerOptions<R> {
  publisher: Publisher;
  /** Throws RpcRefusedError for a no. It may be asked the same twice. */
  answer: (request: R) => Promise<unknown>;
  /** What whoever asked is told of a fault of ours. */
  failed: { code: string; text: string };
  logger: Pick<Logger, 'error'>;
}

/**
 * Answers requests that come together side by side, so that none waits long for another. None is parked: whoever asked is told.
 * A fault of the surroundings leaves them in the queue; any other is logged, without what was asked.
 */
export class RequestServer<R extends { kind: string; id: string }> implements BatchHandler<R> {
  private readonly server: MessageHandler<R>;

  constructor(private readonly options: RequestServerOptions<R>) {
    this.server = serveRequests(options.publisher, (request: R) => this.answerOrRefuse(request));
  }

  handleBatch(items: BatchItem<R>[]): Promise<Outcome[]> {
    return Promise.all(items.map(({ message, envelope }) => this.server.handle(message, envelope)));
  }

  private async answerOrRefuse(request: R): Promise<unknown> {
    const { answer, failed, logger } = this.options;
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof RpcRefusedError || isTransient(error) || isDatabaseFault(error)) throw error;
      logger.error({ err: error, kind: request.kind, requestId: request.id }, 'request not answered');
      throw new RpcRefusedError(failed.code, failed.text);
    }
  }
}
