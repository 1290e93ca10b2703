import { checkEnrichmentRules, type EnrichmentRule } from '@groundswell/domain';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { emitCampaignUpdated } from '../campaigns/campaign-updated-event';
import { CampaignRepository } from '../campaigns/campaign.repository';
import { viewCampaign, type CampaignView } from '../campaigns/campaign.view';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';

export interface EnrichmentRuleInput {
  kind: string;
  field?: string | null;
  language?: string | null;
}

/** What a campaign has made of its actions: rules in its config, where action-ingest reads them. */
@Injectable()
export class CampaignEnrichmentService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
  ) {}

  async update(caller: Viewer | null, campaignId: number, input: EnrichmentRuleInput[]): Promise<CampaignView> {
    const campaign = await this.lookup.campaign(campaignId);
    const access = await this.access.toCampaign(caller, campaign);
    const viewer = requireAnyOf(access, 'manage_campaigns', 'change_campaign_settings');
    const rules = rulesOf(input);
    const lead = this.lookup.orgById(campaign.orgId);
    await this.writer.write(viewer, async (manager, effects) => {
      const campaigns = new CampaignRepository(manager);
      const present = await campaigns.findById(campaignId);
      if (!present) throw entityNotFound();
      const { enrichment: _before, ...rest } = present.config;
      await campaigns.update(campaignId, { config: rules.length > 0 ? { ...rest, enrichment: rules } : rest });
      await emitCampaignUpdated(manager, effects, campaignId, lead);
      effects.audit('campaign', campaignId, { operation: 'updateCampaignEnrichment', orgId: lead.id, rules });
    });
    return viewCampaign(this.lookup.campaignById(campaignId), access);
  }
}

/** Throws InputError at the rules that are wrong. */
function rulesOf(input: EnrichmentRuleInput[]): EnrichmentRule[] {
  const checked = checkEnrichmentRules(
    input.map(({ kind, field = null, language = null }) => ({ kind: kind.toLowerCase(), field, language })),
  );
  if ('rules' in checked) return checked.rules;
  throw new InputError(checked.problems.map(({ path, message }) => ({ path: ['rules', ...path], message })));
}
