import type { EntityManager } from 'typeorm';
import { JobQueue } from '@groundswell/jobs';
import { Catalogue } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ingestSettings, type IngestSettings } from '../ingest-settings';
import type { LoadedBatch } from '../storing/loaded-batch';
import { DetailBackends } from './detail-backends';
import { DetailLookupRepository } from './detail-lookup.repository';
import { LookupLedger } from './lookup-ledger';
import { lookupDetail } from './lookup-detail.job-type';

/** The storing batch's side of look-ups: which actions wait, and who is asked about them. */
@Injectable()
export class DetailLookups {
  private readonly backends: DetailBackends;

  constructor(
    catalogue: Catalogue,
    private readonly queue: JobQueue,
    @Inject(ingestSettings) private readonly settings: Pick<IngestSettings, 'details'>,
  ) {
    this.backends = new DetailBackends(catalogue);
  }

  isUsed(): boolean {
    return this.backends.isUsed();
  }

  ledgerFor({ lookups }: LoadedBatch): LookupLedger {
    return new LookupLedger(lookups, (orgId) => this.backends.has(orgId));
  }

  /** After the actions themselves. One job sees what several batches leave within a moment. */
  async write(manager: EntityManager, ledger: LookupLedger): Promise<void> {
    const lookups = new DetailLookupRepository(manager);
    await lookups.write(ledger);
    const orgIds = [...new Set(ledger.wanted.map(({ orgId }) => orgId))];
    if (orgIds.length === 0) return;
    const { orgIds: asked, dueAt: notBefore } = await lookups.unwoken(orgIds, this.settings.details.gatherMs);
    if (asked.length === 0) return;
    await this.queue.addAll(
      manager,
      lookupDetail,
      asked.map((orgId) => ({ payload: {}, orgId, notBefore })),
    );
  }
}
