import { Module } from '@nestjs/common';
import { TargetReadService } from './target-read.service';
import { CampaignTargetsResolver, PrivateTargetResolver, TargetResolver } from './target.resolver';
import { TargetService } from './target.service';

/** Targets of campaigns and their addresses. */
@Module({
  providers: [TargetService, TargetReadService, TargetResolver, CampaignTargetsResolver, PrivateTargetResolver],
})
export class TargetsModule {}
