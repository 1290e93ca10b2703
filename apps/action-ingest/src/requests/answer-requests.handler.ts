import { Inject } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
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
import { AnsweredRequestRepository } from './answered-request.repository';
import { requestAnswerers, type RequestAnswerers } from './request-answerers';

/**
 * Answers what other services ask of this one (design.md §3). Twice is safe: what a request does and its answer are one
 * transaction, and a known id is given the answer it had. Order does not matter.
 */
@Consumes('requests')
export class AnswerRequestsHandler implements MessageHandler<ActionIngestRequestV1> {
  private readonly server: MessageHandler<ActionIngestRequestV1>;

  constructor(
    private readonly database: Database,
    @Inject(requestAnswerers) private readonly answerers: RequestAnswerers,
    publisher: Publisher,
  ) {
    this.server = serveRequests(publisher, (request: ActionIngestRequestV1) => this.answer(request));
  }

  handle(request: ActionIngestRequestV1, envelope: Envelope): Promise<Outcome> {
    return this.server.handle(request, envelope);
  }

  private answer(request: ActionIngestRequestV1): Promise<unknown> {
    return this.database.transaction(async (manager) => {
      const answers = new AnsweredRequestRepository(manager);
      const known = await answers.find(request.id);
      if (known !== undefined) return known;
      const answerer = this.answerers[request.kind] as (
        manager: EntityManager,
        asked: typeof request,
      ) => Promise<unknown>;
      const answer = await answerer(manager, request);
      await answers.note(request.id, answer);
      return answer;
    });
  }
}
