import { eventSuffixes, type CampaignUpdatedEventV2 } from '@groundswell/contracts';
import { contactSchemaFromCode } from '@groundswell/domain';
import type { Campaign } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { WriteEffects } from '../catalogue-writing/write-effects';
import { CampaignRepository } from './campaign.repository';

/** Tells the lead what its campaign has become (processing.md §6.3). Call it after the last change. */
export async function emitCampaignUpdated(
  manager: EntityManager,
  effects: WriteEffects,
  campaignId: number,
  lead: { id: number; name: string; title: string },
): Promise<void> {
  const campaign = await new CampaignRepository(manager).findById(campaignId);
  if (!campaign) return;
  const body = eventBody(campaign, lead);
  effects.event(lead.id, eventSuffixes.campaignUpdated, body);
}

const eventBody = (campaign: Campaign, lead: { id: number; name: string; title: string }): CampaignUpdatedEventV2 => ({
  schema: 'proca:event:2',
  eventType: 'campaign_updated',
  timestamp: `${campaign.updatedAt.toISOString().slice(0, 19)}Z`,
  orgId: lead.id,
  campaignId: campaign.id,
  campaign: {
    id: campaign.id,
    name: campaign.name,
    title: campaign.title,
    externalId: campaign.externalId,
    contactSchema: contactSchemaFromCode(campaign.contactSchema),
    config: campaign.config,
    org: { name: lead.name, title: lead.title },
  },
});
