import { Module } from '@nestjs/common';
import { ActionIngestClient } from '../asking/action-ingest.client';
import { CampaignEnrichmentService } from './campaign-enrichment.service';
import { EnrichmentChangeService } from './enrichment-change.service';
import { EnrichmentResolver } from './enrichment.resolver';
import { EnrichmentService } from './enrichment.service';

/** Enrichments of actions as people see them: what came of them, what they cost, who wants which (docs/enrichment.md). */
@Module({
  providers: [
    ActionIngestClient,
    EnrichmentService,
    EnrichmentChangeService,
    CampaignEnrichmentService,
    EnrichmentResolver,
  ],
})
export class EnrichmentModule {}
