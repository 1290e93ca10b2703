import { Module } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { KeysModule } from '../keys/keys.module';
import { PagesModule } from '../pages/pages.module';
import { ServicesModule } from '../services/services.module';
import { OrgReadService } from './org-read.service';
import { OrgResolver } from './org.resolver';
import { OrgService } from './org.service';
import { PrivateOrgResolver } from './private-org.resolver';

/** Orgs and what hangs below them. */
@Module({
  imports: [CampaignsModule, KeysModule, PagesModule, ServicesModule],
  providers: [OrgService, OrgReadService, OrgResolver, PrivateOrgResolver],
})
export class OrgsModule {}
