import { Module } from '@nestjs/common';
import { CampaignStatsResolver } from './campaign-stats.resolver';
import { StatsReader } from './stats-reader';

/** Counters of campaigns and pages. */
@Module({ providers: [StatsReader, CampaignStatsResolver], exports: [StatsReader] })
export class StatsModule {}
