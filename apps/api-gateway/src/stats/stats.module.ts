import { Catalogue } from '@groundswell/persistence';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG, GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';
import { CampaignStatsFeed } from './campaign-stats-feed';
import { CampaignStatsSubscriptionResolver } from './campaign-stats-subscription.resolver';
import { CampaignStatsResolver } from './campaign-stats.resolver';
import { StatsReader } from './stats-reader';
import { StatsRoutes } from './stats.routes';

/** Counters of campaigns and pages. */
@Module({
  imports: [RateLimitsModule],
  providers: [StatsReader, CampaignStatsResolver, CampaignStatsFeed, CampaignStatsSubscriptionResolver],
  exports: [StatsReader],
})
export class StatsModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    private readonly lookup: CatalogueLookup,
    private readonly catalogue: Catalogue,
    private readonly reader: StatsReader,
    @Inject(GATEWAY_CONFIG) private readonly config: Partial<GatewayConfig>,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const { STATS_MAX_AGE = 0 } = this.config;
    new StatsRoutes(this.lookup, this.catalogue, this.reader, STATS_MAX_AGE, this.logger).register(fastify);
  }
}
