import { topologyRefusals, type TopologyRequestV1 } from '@groundswell/contracts';
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
import { ManagementAwayError } from '../broker/management-away.error';
import type { CrmAccess } from '../crm-access/crm-access';
import type { OrgQueueReports } from '../reporting/org-queue-report';

/**
 * Answers what the gateway asks for people (design.md §3), in every replica. Twice is safe: each request leads to a state.
 * Order does not matter. None is parked: whoever asked is told. What is answered may hold a password and is never logged.
 */
export class AnswerRequestsHandler implements BatchHandler<TopologyRequestV1> {
  private readonly server: MessageHandler<TopologyRequestV1>;

  constructor(
    private readonly access: CrmAccess,
    private readonly queues: OrgQueueReports,
    publisher: Publisher,
    private readonly logger: Logger,
  ) {
    this.server = serveRequests(publisher, (request: TopologyRequestV1) => this.answerOrRefuse(request));
  }

  handleBatch(items: BatchItem<TopologyRequestV1>[]): Promise<Outcome[]> {
    return Promise.all(items.map(({ message, envelope }) => this.server.handle(message, envelope)));
  }

  private async answerOrRefuse(request: TopologyRequestV1): Promise<unknown> {
    try {
      return await this.answer(request);
    } catch (error) {
      if (error instanceof ManagementAwayError) {
        throw new RpcRefusedError(topologyRefusals.brokerAway, 'the broker does not take part');
      }
      if (error instanceof RpcRefusedError || isTransient(error) || isDatabaseFault(error)) throw error;
      this.logger.error({ err: error, kind: request.kind, requestId: request.id }, 'request not answered');
      throw new RpcRefusedError(topologyRefusals.failed, 'topology-service could not do it');
    }
  }

  private answer(request: TopologyRequestV1): Promise<unknown> {
    switch (request.kind) {
      case 'org_queues':
        return this.queues.of(request.orgId);
      case 'create_crm_credential':
        return this.access.create(request);
      case 'rotate_crm_credential':
        return this.access.rotate(request);
      case 'revoke_crm_credential':
        return this.access.revoke(request);
    }
  }
}
