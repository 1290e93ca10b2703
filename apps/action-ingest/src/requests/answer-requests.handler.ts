import type { ActionIngestRequestV1, RequeueActionsAnswerV1 } from '@groundswell/contracts';
import {
  Consumes,
  Publisher,
  serveRequests,
  type Envelope,
  type MessageHandler,
  type Outcome,
} from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { ActionRequeuer } from '../requeueing/action-requeuer';
import { AnsweredRequestRepository } from './answered-request.repository';

/**
 * Answers what other services ask of this one (design.md §3). Twice is safe: what a request does and its answer are one
 * transaction, and a known id is given the answer it had. Order does not matter.
 */
@Consumes('requests')
export class AnswerRequestsHandler implements MessageHandler<ActionIngestRequestV1> {
  private readonly server: MessageHandler<ActionIngestRequestV1>;

  constructor(
    private readonly database: Database,
    private readonly requeuer: ActionRequeuer,
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
      const { orgId, actionIds, queue } = request;
      const { selected, queued } = await this.requeuer.requeue(manager, orgId, actionIds, queue);
      const answer: RequeueActionsAnswerV1 = { count: selected, failed: selected - queued.length };
      await answers.note(request.id, answer);
      return answer;
    });
  }
}
