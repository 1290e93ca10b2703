import { Module } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { KeysModule } from '../keys/keys.module';
import { PagesModule } from '../pages/pages.module';
import { ServicesModule } from '../services/services.module';
import { OrgReadService } from './org-read.service';
import { OrgResolver } from './org.resolver';
import { OrgTemplatesService } from './org-templates.service';
import { OrgService } from './org.service';
import { PrivateOrgResolver, ProcessingResolver } from './private-org.resolver';

/** Orgs and what hangs below them. */
@Module({
  imports: [CampaignsModule, KeysModule, PagesModule, ServicesModule],
  providers: [OrgService, OrgReadService, OrgTemplatesService, OrgResolver, PrivateOrgResolver, ProcessingResolver],
})
export class OrgsModule {}
