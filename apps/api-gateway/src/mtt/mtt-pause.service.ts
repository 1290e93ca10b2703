import { mttError } from '@groundswell/domain';
import type { CatalogueCampaign } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { viewCampaign, type CampaignView } from '../campaigns/campaign.view';
import { MttRepository } from '../campaigns/mtt.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';

export type PauseOperation = 'pauseMtt' | 'resumeMtt';

/** Stops and starts a campaign's mail to targets. Those who plan and send read the mark from its table, so it holds at once. */
@Injectable()
export class MttPauseService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
  ) {}

  async change(caller: Viewer | null, campaignId: number, operation: PauseOperation): Promise<CampaignView> {
    const campaign: CatalogueCampaign = await this.lookup.campaign(campaignId);
    const access = await this.access.toCampaign(caller, campaign);
    const viewer = requireAnyOf(access, 'manage_campaigns', 'change_campaign_settings');
    await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { campaignId });
      const changed = await mark(manager, campaignId, operation);
      effects.audit('campaign', campaignId, { operation, orgId: campaign.orgId, changed });
    });
    return viewCampaign(this.lookup.campaignById(campaignId), access);
  }
}

/** False when it was so already: since when it is paused stays as it is. */
async function mark(manager: EntityManager, campaignId: number, operation: PauseOperation): Promise<boolean> {
  const settings = await new MttRepository(manager).find(campaignId);
  if (!settings) throw InputError.at(['campaignId'], mttError);
  const isWanted = operation === 'pauseMtt';
  if ((settings.pausedAt !== null) === isWanted) return false;
  await new MttRepository(manager).update(settings.id, { pausedAt: isWanted ? new Date() : null });
  return true;
}
