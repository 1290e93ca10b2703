import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { TargetChanges, type OutdatedTargets } from './target-changes';
import type { TargetInput } from './target-input';
import { TargetReadService } from './target-read.service';
import type { TargetView } from './target.view';

/** Who gets the mails of a campaign (graphql-api.md §5.9, email-and-mtt.md §5.2). */
@Injectable()
export class TargetService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    private readonly reader: TargetReadService,
  ) {}

  async upsert(
    caller: Viewer | null,
    campaignId: number,
    inputs: TargetInput[],
    outdatedTargets: OutdatedTargets,
  ): Promise<TargetView[]> {
    const campaign = await this.lookup.campaign(campaignId);
    const access = await this.access.toCampaign(caller, campaign);
    const viewer = requireAnyOf(access, 'change_campaign_settings');
    await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { campaignId });
      const counts = await new TargetChanges(manager, campaignId).apply(inputs, outdatedTargets);
      const { orgId } = campaign;
      effects.audit('campaign', campaignId, { operation: 'upsertTargets', orgId, outdatedTargets, ...counts });
    });
    return this.reader.listed(
      campaignId,
      inputs.map(({ externalId }) => externalId),
    );
  }
}
