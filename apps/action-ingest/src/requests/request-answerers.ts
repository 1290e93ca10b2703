import type { ActionIngestRequestV1 } from '@groundswell/contracts';
import type { RequestAnswerers } from '@groundswell/service';
import type { EnrichmentRequests } from '../enriching/enrichment-requests';
import type { FollowUpAnswerers } from '../follow-ups/follow-up-answerers';
import type { ImportDesk } from '../importing/import-desk';
import type { ReferenceDesk } from '../references/reference-desk';
import type { ActionRequeuer } from '../requeueing/action-requeuer';

export type IngestAnswerers = RequestAnswerers<ActionIngestRequestV1>;

export const requestAnswerers = Symbol('requestAnswerers');

export const answerersFor = ({
  requeuer,
  imports,
  enrichments,
  followUps,
  references,
}: {
  requeuer: ActionRequeuer;
  imports: ImportDesk;
  enrichments: EnrichmentRequests;
  followUps: FollowUpAnswerers;
  references: ReferenceDesk;
}): IngestAnswerers => ({
  requeue_actions: async (manager, { orgId, actionIds, queue }) => {
    const { selected, queued } = await requeuer.requeue(manager, orgId, actionIds, queue);
    return { count: selected, failed: selected - queued.length };
  },
  import_actions: (manager, request) => imports.begin(manager, request),
  cancel_import: (manager, request) => imports.cancel(manager, request),
  set_enrichment_quota: (manager, request) => enrichments.setQuota(manager, request),
  create_follow_ups: (manager, request) => followUps.create(manager, request),
  assign_follow_up: (manager, request) => followUps.assign(manager, request),
  close_follow_up: (manager, request) => followUps.close(manager, request),
  recalculate_references: (manager, request) => references.begin(manager, request),
  retry_enrichment: (manager, request) => enrichments.retry(manager, request),
});
