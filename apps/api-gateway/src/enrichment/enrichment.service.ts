import { enrichmentKinds } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer } from '../users/permission-guard';
import { EnrichmentReadModel, type EnrichmentRow } from './enrichment.read-model';

/** Postgres knows no year 0. */
const monthForm = /^(?!0000)\d{4}-(0[1-9]|1[0-2])$/;

/** What came of enrichments and what they cost, for staff. */
@Injectable()
export class EnrichmentService {
  private readonly enrichments: EnrichmentReadModel;

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
  ) {
    this.enrichments = new EnrichmentReadModel(database);
  }

  async ofAction(caller: Viewer | null, orgName: string, actionId: number) {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id));
    if (!(await this.enrichments.isOfOrg(actionId, org.id))) throw entityNotFound();
    return (await this.enrichments.ofAction(actionId)).map(viewEnrichment);
  }

  async usageOf(caller: Viewer | null, orgName: string, month: string | null) {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    if (month !== null && !monthForm.test(month)) throw InputError.at(['month'], 'is invalid');
    const shown = month ?? new Date().toISOString().slice(0, 7);
    const rows = await this.enrichments.usageOf(org.id, enrichmentKinds, `${shown}-01`);
    return rows.map(({ kind, ...row }) => ({ kind: kind.toUpperCase(), month: shown, ...row }));
  }
}

const viewEnrichment = ({ kind, status, ...row }: EnrichmentRow) => ({
  ...row,
  kind: kind.toUpperCase(),
  status: status.toUpperCase(),
});
