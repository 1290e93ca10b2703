import { Inject } from '@nestjs/common';
import type { ActionIngestRequestV1 } from '@groundswell/contracts';
import {
  Consumes,
  Publisher,
  serveRequests,
  type Envelope,
  type MessageHandler,
  type Outcome,
} from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { AnsweredOnce } from '@groundswell/service';
import { requestAnswerers, type IngestAnswerers } from './request-answerers';

/**
 * Answers what other services ask of this one (design.md §3). Twice is safe: what a request does and its answer are one
 * transaction, and a known id is given the answer it had. Order does not matter.
 */
@Consumes('requests')
export class AnswerRequestsHandler implements MessageHandler<ActionIngestRequestV1> {
  private readonly server: MessageHandler<ActionIngestRequestV1>;

  constructor(
    @Inject(Database) database: Database,
    @Inject(requestAnswerers) answerers: IngestAnswerers,
    @Inject(Publisher) publisher: Publisher,
  ) {
    const once = new AnsweredOnce<ActionIngestRequestV1>(database, 'actions', answerers);
    this.server = serveRequests(publisher, (request: ActionIngestRequestV1) => once.answer(request));
  }

  handle(request: ActionIngestRequestV1, envelope: Envelope): Promise<Outcome> {
    return this.server.handle(request, envelope);
  }
}
