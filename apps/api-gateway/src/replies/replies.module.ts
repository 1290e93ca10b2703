import { ReplyTokens } from '@groundswell/crypto';
import { Publisher } from '@groundswell/messaging';
import { Inject, Module, type FactoryProvider, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { RateLimiter } from '../rate-limits/rate-limiter';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';
import { IngestQueues } from '../spool/ingest-queues';
import { InboundRepliesRoutes } from './inbound-replies.routes';
import { ReplyIntake } from './reply-intake';
import { ReplyResolver } from './reply.resolver';
import { ReplyService } from './reply.service';

const routes: FactoryProvider = {
  provide: InboundRepliesRoutes,
  inject: [GATEWAY_LOGGER, CATALOGUE_SURROUNDINGS, Publisher, IngestQueues, RateLimiter],
  useFactory: (
    logger: GatewayLogger,
    { settings }: CatalogueSurroundings,
    publisher: Publisher,
    queues: IngestQueues,
    limiter: RateLimiter,
  ) =>
    new InboundRepliesRoutes({
      tokens: new ReplyTokens(settings.envelope),
      limiter,
      intake: new ReplyIntake({ publisher, queues }),
      logger,
    }),
};

/** What targets answered: taken in from mail providers, and shown. Needs the global modules MessagingModule, CatalogueModule and
 *  SpoolPublishingModule. */
@Module({ imports: [RateLimitsModule], providers: [routes, ReplyService, ReplyResolver] })
export class RepliesModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(InboundRepliesRoutes) private readonly routes: InboundRepliesRoutes,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.routes.register(this.adapterHost.httpAdapter.getInstance<FastifyInstance>());
  }
}
