import { campaignStatusCode } from '@groundswell/domain';
import { Catalogue, Database, type CatalogueCampaign, type Mtt } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Access, Viewer } from '../auth/access';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { isLike } from '../catalogue-writing/like-pattern';
import { AccessFinder } from '../users/access-finder';
import { oneCampaign, type CampaignIdentifier } from './campaign-identifier';
import { viewCampaign, type CampaignView } from './campaign.view';
import { MttRepository } from './mtt.repository';

export interface SelectCampaign {
  titleLike?: string | null;
  /** Name of the lead. */
  orgName?: string | null;
}

const listLimit = 100;
const draft = campaignStatusCode('draft');

/** Reading campaigns: from the catalogue in memory, but for what only the lead's staff sees. */
@Injectable()
export class CampaignReadService {
  private readonly settings: BatchedLookup<number, Mtt>;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    database: Database,
  ) {
    this.settings = new BatchedLookup(async (campaignIds) => {
      const found = await database.run((manager) => new MttRepository(manager).ofCampaigns(campaignIds));
      return new Map(found.map((mtt) => [mtt.campaignId, mtt]));
    });
  }

  async read(viewer: Viewer | null, identifier: CampaignIdentifier): Promise<CampaignView> {
    const campaign = await this.lookup.campaign(oneCampaign(identifier));
    return viewCampaign(campaign, await this.access.toCampaign(viewer, campaign));
  }

  /** No membership is looked up: public for everyone but instance owners (graphql-api.md §3). */
  async list(viewer: Viewer | null, by: CampaignIdentifier & { title?: string | null }): Promise<CampaignView[]> {
    const found = await this.find(by);
    return found.map((campaign) => viewCampaign(campaign, { viewer, membership: null }));
  }

  ofOrg(orgId: number, { titleLike, orgName }: SelectCampaign, access: Access): CampaignView[] {
    const leadId = orgName == null ? null : (this.catalogue.orgByName(orgName)?.id ?? 0);
    return this.lookup
      .campaignsOfOrg(orgId)
      .filter((campaign) => titleLike == null || isLike(campaign.title, titleLike))
      .filter((campaign) => leadId === null || campaign.orgId === leadId)
      .map((campaign) => viewCampaign(campaign, access));
  }

  oneOfOrg(orgId: number, campaignId: number, access: Access): CampaignView {
    const campaign = this.lookup.campaignsOfOrg(orgId).find(({ id }) => id === campaignId);
    if (!campaign) throw new ApiError('not_found', 'Cannot find campaign');
    return viewCampaign(campaign, access);
  }

  async mtt(campaignId: number): Promise<Mtt | null> {
    return (await this.settings.get(campaignId)) ?? null;
  }

  private async find({
    id,
    name,
    title,
  }: CampaignIdentifier & { title?: string | null }): Promise<CatalogueCampaign[]> {
    const identifier = id ?? name;
    if (identifier != null) {
      const campaign = await this.lookup.findCampaign(identifier);
      return campaign ? [campaign] : [];
    }
    const all = this.lookup.allCampaigns();
    if (title != null) return all.filter((campaign) => isLike(campaign.title, title));
    return all
      .filter(({ status }) => status !== draft)
      .reverse()
      .slice(0, listLimit);
  }
}
