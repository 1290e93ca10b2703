import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  enrichmentRefusals,
  type EnrichmentChangeAnswerV1,
  type RetryEnrichmentRequestV1,
  type SetEnrichmentQuotaRequestV1,
} from '@groundswell/contracts';
import { JobQueue } from '@groundswell/jobs';
import { RpcRefusedError } from '@groundswell/messaging';
import { enrichActionJob, enrichmentJobTypes } from './enrichment-jobs';
import { EnrichmentQuotaRepository } from './enrichment-quota.repository';
import { enrichmentSettings, type EnrichmentSettings } from './enrichment-settings';
import { EnrichmentRepository } from './enrichment.repository';

/** What people decide about enrichments, as the gateway asks it, in the transaction that keeps the answer. */
@Injectable()
export class EnrichmentRequests {
  constructor(
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(enrichmentSettings) private readonly settings: EnrichmentSettings | null,
  ) {}

  async setQuota(manager: EntityManager, request: SetEnrichmentQuotaRequestV1): Promise<EnrichmentChangeAnswerV1> {
    const { orgId, enrichmentKind: kind, monthlyUnits } = request;
    const isChanged = await new EnrichmentQuotaRepository(manager).set({ orgId, kind }, monthlyUnits);
    return { outcome: isChanged ? 'changed' : 'unchanged' };
  }

  async retry(
    manager: EntityManager,
    { orgId, enrichmentId }: RetryEnrichmentRequestV1,
  ): Promise<EnrichmentChangeAnswerV1> {
    if (!this.settings) throw new RpcRefusedError(enrichmentRefusals.notConfigured, 'enrichment is not configured');
    const types = enrichmentJobTypes.map(({ name }) => name);
    const begun = await new EnrichmentRepository(manager).beginAnew(enrichmentId, orgId, types);
    if (begun === null) throw new RpcRefusedError(enrichmentRefusals.notFound, 'there is no such enrichment');
    if (begun === false) return { outcome: 'unchanged' };
    const { round, kind } = begun;
    await this.queue.add(manager, enrichActionJob, {
      payload: { enrichmentId, round, kind },
      orgId,
      key: `${enrichmentId}:${round}`,
    });
    return { outcome: 'changed' };
  }
}
