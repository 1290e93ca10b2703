import type { Permission } from '@groundswell/domain';
import type { CatalogueCampaign } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { givenNames } from '../catalogue-writing/input-attributes';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { CampaignChanges } from './campaign-changes';
import { oneCampaign, type CampaignIdentifier } from './campaign-identifier';
import type { CampaignInput, CampaignProcessingInput } from './campaign-input';
import { emitCampaignUpdated } from './campaign-updated-event';
import { CampaignRepository } from './campaign.repository';
import { viewCampaign, type CampaignView } from './campaign.view';

/** Making and changing campaigns (graphql-api.md §5.1). */
@Injectable()
export class CampaignService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
  ) {}

  /** Pages of the input are ignored, and no event follows. */
  async add(caller: Viewer | null, orgName: string, input: CampaignInput): Promise<CampaignView> {
    const { org, access, viewer } = await this.toOrg(caller, orgName);
    const id = await this.writer.write(viewer, async (manager, effects, templates) => {
      await requireStillThere(manager, { orgId: org.id });
      const newId = await new CampaignChanges(manager, org, templates).insert(input);
      effects.audit('campaign', newId, { operation: 'addCampaign', orgId: org.id, attributes: givenNames(input) });
      return newId;
    });
    return viewCampaign(this.lookup.campaignById(id), access);
  }

  async upsert(caller: Viewer | null, orgName: string, input: CampaignInput): Promise<CampaignView> {
    const { org, access, viewer } = await this.toOrg(caller, orgName);
    if (!input.name && input.externalId == null) {
      throw new ApiError('bad_arg', 'Provide exactly one identifier argument');
    }
    const id = await this.writer.write(viewer, async (manager, effects, templates) => {
      await requireStillThere(manager, { orgId: org.id });
      const changes = new CampaignChanges(manager, org, templates);
      const known = await findKnown(manager, org.id, input);
      if (known) await changes.update(known, input, input.actionPages ?? []);
      const campaignId = known?.id ?? (await changes.insert(input, input.actionPages ?? []));
      await emitCampaignUpdated(manager, effects, campaignId, org);
      const attributes = givenNames(input);
      effects.audit('campaign', campaignId, { operation: 'upsertCampaign', orgId: org.id, attributes });
      return campaignId;
    });
    return viewCampaign(this.lookup.campaignById(id), access);
  }

  /** Pages of the input are ignored. */
  async update(caller: Viewer | null, identifier: CampaignIdentifier, input: CampaignInput): Promise<CampaignView> {
    return this.change(caller, identifier, input, {
      operation: 'updateCampaign',
      permissions: ['manage_campaigns', 'change_campaign_settings'],
    });
  }

  async updateProcessing(
    caller: Viewer | null,
    { name }: CampaignIdentifier,
    input: CampaignProcessingInput,
  ): Promise<CampaignView> {
    return this.change(caller, { name }, input, {
      operation: 'updateCampaignProcessing',
      permissions: ['change_campaign_settings'],
    });
  }

  private async change(
    caller: Viewer | null,
    identifier: CampaignIdentifier,
    input: CampaignInput,
    { operation, permissions }: { operation: string; permissions: Permission[] },
  ): Promise<CampaignView> {
    const campaign: CatalogueCampaign = await this.lookup.campaign(oneCampaign(identifier));
    const access = await this.access.toCampaign(caller, campaign);
    const viewer = requireAnyOf(access, ...permissions);
    const lead = this.lookup.orgById(campaign.orgId);
    await this.writer.write(viewer, async (manager, effects, templates) => {
      const present = await new CampaignRepository(manager).findById(campaign.id);
      if (!present) throw new ApiError('not_found', 'Entity not found');
      await new CampaignChanges(manager, lead, templates).update(present, input);
      await emitCampaignUpdated(manager, effects, campaign.id, lead);
      const attributes = givenNames(input);
      effects.audit('campaign', campaign.id, { operation, orgId: lead.id, attributes });
    });
    return viewCampaign(this.lookup.campaignById(campaign.id), access);
  }

  private async toOrg(caller: Viewer | null, orgName: string) {
    const org = await this.lookup.org(orgName);
    const access = await this.access.toOrg(caller, org.id);
    return { org, access, viewer: requireAnyOf(access, 'manage_campaigns') };
  }
}

/** By the external id when one is given, else by the name. */
async function findKnown(manager: EntityManager, orgId: number, { externalId, name }: CampaignInput) {
  const campaigns = new CampaignRepository(manager);
  if (externalId != null) return campaigns.findByExternalId(orgId, externalId);
  return name ? campaigns.findByName(orgId, name) : null;
}
