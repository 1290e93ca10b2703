import { Inject, Injectable } from '@nestjs/common';
import { Consumes, Publisher, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { Database } from '@groundswell/persistence';
import { AnsweredOnce, type AnsweringSchema, type RequestAnswerers } from './answered-once';
import { RequestServer, type RequestServerOptions } from './request-server';
import { appLogger } from './runtime';

/** What a service that has this handler provides as `requestAnswering`. */
export interface RequestAnswering<R extends { kind: string }> extends Pick<RequestServerOptions<R>, 'failed'> {
  /** That keeps the answers. */
  schema: AnsweringSchema;
  answerers: RequestAnswerers<R>;
}

export const requestAnswering = Symbol('requestAnswering');

/**
 * Answers what other services ask of this one (design.md §3). Twice is safe: what a request does and its answer are one
 * transaction, and a known id is given the answer it had. Order does not matter. None is parked: whoever asked is told.
 */
@Consumes('requests')
@Injectable()
export class AnswerRequestsHandler<R extends { kind: string; id: string }> implements BatchHandler<R> {
  private readonly server: RequestServer<R>;

  constructor(
    @Inject(requestAnswering) { schema, answerers, failed }: RequestAnswering<R>,
    @Inject(Database) database: Database,
    @Inject(appLogger) logger: Logger,
    @Inject(Publisher) publisher: Publisher,
  ) {
    const once = new AnsweredOnce<R>(database, schema, answerers);
    this.server = new RequestServer({ publisher, answer: (request) => once.answer(request), failed, logger });
  }

  handleBatch(items: BatchItem<R>[]): Promise<Outcome[]> {
    return this.server.handleBatch(items);
  }
}
