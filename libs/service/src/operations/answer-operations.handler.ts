import { Inject, Injectable } from '@nestjs/common';
import { operationQueue, operationRefusals, operationRequestV1, type OperationRequestV1 } from '@groundswell/contracts';
import {
  Consumes,
  Publisher,
  type BatchHandler,
  type BatchItem,
  type ConsumerDefinition,
  type Outcome,
} from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { RequestServer } from '../request-server';
import { appLogger } from '../runtime';
import { Operations } from './operations';

/** Each may hold a connection of the pool while it publishes. */
const operationsAtOnce = 2;

/** What `serviceModules` adds to a service's consumers. */
export const operationConsumer = (service: string): ConsumerDefinition<OperationRequestV1> => ({
  id: 'operations',
  contract: operationRequestV1,
  kind: 'batch',
  queues: [operationQueue(service)],
  batchSize: operationsAtOnce,
  batchWaitMs: 0,
});

/**
 * Answers what operators ask about parked messages, jobs and consumers (background-jobs.md §9). Twice is safe: each request leads
 * to a state. Order does not matter. None is parked: whoever asked is told.
 */
@Consumes('operations')
@Injectable()
export class AnswerOperationsHandler implements BatchHandler<OperationRequestV1> {
  private readonly server: RequestServer<OperationRequestV1>;

  constructor(
    @Inject(Operations) operations: Operations,
    @Inject(appLogger) logger: Logger,
    @Inject(Publisher) publisher: Publisher,
  ) {
    const failed = { code: operationRefusals.failed, text: 'the service could not do it' };
    this.server = new RequestServer({ publisher, answer: (request) => operations.answer(request), failed, logger });
  }

  handleBatch(items: BatchItem<OperationRequestV1>[]): Promise<Outcome[]> {
    return this.server.handleBatch(items);
  }
}
