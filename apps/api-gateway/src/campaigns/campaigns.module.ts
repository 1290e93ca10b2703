import { Module } from '@nestjs/common';
import { PagesModule } from '../pages/pages.module';
import { StatsModule } from '../stats/stats.module';
import { CampaignFieldsResolver, PrivateCampaignResolver } from './campaign-fields.resolver';
import { CampaignReadService } from './campaign-read.service';
import { CampaignResolver } from './campaign.resolver';
import { CampaignService } from './campaign.service';
import { PublicActionsService } from './public-actions.service';

/** Campaigns and their settings. */
@Module({
  imports: [PagesModule, StatsModule],
  providers: [
    PublicActionsService,
    CampaignService,
    CampaignReadService,
    CampaignResolver,
    CampaignFieldsResolver,
    PrivateCampaignResolver,
  ],
  exports: [CampaignReadService],
})
export class CampaignsModule {}
