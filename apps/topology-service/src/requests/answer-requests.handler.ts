import { topologyRefusals, type TopologyRequestV1 } from '@groundswell/contracts';
import {
  RpcRefusedError,
  type BatchHandler,
  type BatchItem,
  type Outcome,
  type Publisher,
} from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { RequestServer } from '@groundswell/service';
import { ManagementAwayError } from '../broker/management-away.error';
import type { CrmAccess } from '../crm-access/crm-access';
import type { BrokerQueueReports } from '../reporting/broker-queue-report';
import type { OrgQueueReports } from '../reporting/org-queue-report';

/**
 * Answers what the gateway asks for people (design.md §3), in every replica. Twice is safe: each request leads to a state.
 * Order does not matter. None is parked: whoever asked is told. What is answered may hold a password and is never logged.
 */
export class AnswerRequestsHandler implements BatchHandler<TopologyRequestV1> {
  private readonly server: RequestServer<TopologyRequestV1>;

  constructor(
    private readonly access: CrmAccess,
    private readonly queues: OrgQueueReports,
    private readonly brokerQueues: BrokerQueueReports,
    publisher: Publisher,
    logger: Logger,
  ) {
    const failed = { code: topologyRefusals.failed, text: 'topology-service could not do it' };
    this.server = new RequestServer({ publisher, answer: (request) => this.answerOrSayAway(request), failed, logger });
  }

  handleBatch(items: BatchItem<TopologyRequestV1>[]): Promise<Outcome[]> {
    return this.server.handleBatch(items);
  }

  /** Nobody waits until the broker's management is back. */
  private async answerOrSayAway(request: TopologyRequestV1): Promise<unknown> {
    try {
      return await this.answer(request);
    } catch (error) {
      if (!(error instanceof ManagementAwayError)) throw error;
      throw new RpcRefusedError(topologyRefusals.brokerAway, 'the broker does not take part');
    }
  }

  private answer(request: TopologyRequestV1): Promise<unknown> {
    switch (request.kind) {
      case 'org_queues':
        return this.queues.of(request.orgId);
      case 'broker_queues':
        return this.brokerQueues.of(request.orgId);
      case 'create_crm_credential':
        return this.access.create(request);
      case 'rotate_crm_credential':
        return this.access.rotate(request);
      case 'revoke_crm_credential':
        return this.access.revoke(request);
    }
  }
}
