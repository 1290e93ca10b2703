import type { EntityManager } from 'typeorm';
import type { ActionIngestRequestV1 } from '@groundswell/contracts';
import type { ActionRequeuer } from '../requeueing/action-requeuer';

type Kind = ActionIngestRequestV1['kind'];

/**
 * What is done for each kind of request, in a transaction that also keeps the answer. Throws RpcRefusedError for a no, which is
 * not kept.
 */
export type RequestAnswerers = {
  [K in Kind]: (manager: EntityManager, request: Extract<ActionIngestRequestV1, { kind: K }>) => Promise<unknown>;
};

export const requestAnswerers = Symbol('requestAnswerers');

export const answerersFor = ({ requeuer }: { requeuer: ActionRequeuer }): RequestAnswerers => ({
  requeue_actions: async (manager, { orgId, actionIds, queue }) => {
    const { selected, queued } = await requeuer.requeue(manager, orgId, actionIds, queue);
    return { count: selected, failed: selected - queued.length };
  },
});
