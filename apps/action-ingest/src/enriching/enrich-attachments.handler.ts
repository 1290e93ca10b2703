import { Inject } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  actionStatusFromCode,
  attachmentField,
  enrichmentOfType,
  isEnriched,
  supporterStatusFromCode,
} from '@groundswell/domain';
import { encodeRef } from '@groundswell/crypto';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { TransientError } from '@groundswell/messaging';
import { preparedQuery } from '@groundswell/persistence';
import { lockPartitions } from '../storing/partition-locks';
import { partitionOf } from '../storing/reference';
import { AttachmentReadModel } from './attachment.read-model';
import { enrichAttachmentsJob } from './enrichment-jobs';
import { EnrichmentPlanner } from './enrichment-planner';

interface ReadyAction {
  campaignId: number;
  pageId: number;
  status: number;
  supporterStatus: number;
  testing: boolean;
  fingerprint: Buffer;
}

/**
 * Orders what a campaign wants made of an action's clean attachments. It looks after both the action and the attachment were
 * committed, whichever was last. Under the lock of the person's partition, so that no erasure misses what is ordered.
 */
@RunsJob(enrichAttachmentsJob)
export class EnrichAttachmentsHandler implements JobHandler {
  constructor(@Inject(EnrichmentPlanner) private readonly planner: EnrichmentPlanner) {}

  async run(job: JobRunOf<typeof enrichAttachmentsJob>): Promise<unknown> {
    return job.step(async (manager) => {
      const { actionId } = job.payload;
      const partition = await partitionOfAction(manager, actionId);
      if (partition === null) return { ordered: 0 };
      await lockPartitions(manager, [partition]);
      if ((await partitionOfAction(manager, actionId)) !== partition) {
        throw new TransientError('the person got another reference before the lock was had');
      }
      return { ordered: await this.order(manager, actionId) };
    });
  }

  private async order(manager: EntityManager, actionId: number): Promise<number> {
    const action = await findAction(manager, actionId, null);
    const enriching = action && this.planner.enrichingOf(action);
    if (!action || !enriching || !(await findAction(manager, actionId, enriching.leadId))) return 0;
    const statuses = [actionStatusFromCode(action.status), supporterStatusFromCode(action.supporterStatus)] as const;
    if (!isEnriched(...statuses, action.testing)) return 0;
    const orders = (await new AttachmentReadModel(manager).cleanOf(actionId)).flatMap(({ id, type }) => {
      const rule = enriching.rules.find(({ kind }) => kind === enrichmentOfType(type));
      if (!rule) return [];
      const language = rule.kind === 'transcribe' ? rule.language : null;
      return [{ actionId, field: attachmentField(id), kind: rule.kind, orgId: enriching.leadId, language }];
    });
    await this.planner.order(manager, orders);
    return orders.length;
  }
}

async function partitionOfAction(manager: EntityManager, actionId: number): Promise<number | null> {
  const action = await findAction(manager, actionId, null);
  return action && partitionOf(encodeRef(action.fingerprint));
}

/** With a supporter, of whom the org, if one is given, has a record. */
async function findAction(manager: EntityManager, id: number, recordOf: number | null): Promise<ReadyAction | null> {
  const [row] = await preparedQuery<ReadyAction>(
    manager,
    `select a.campaign_id as "campaignId", a.action_page_id as "pageId", a.processing_status as status,
            s.processing_status as "supporterStatus", a.testing, s.fingerprint
       from actions.actions a join actions.supporters s on s.id = a.supporter_id
      where a.id = $1
        and ($2::bigint is null
             or exists (select from actions.contacts c where c.supporter_id = s.id and c.org_id = $2::bigint))`,
    [id, recordOf],
  );
  return row ?? null;
}
