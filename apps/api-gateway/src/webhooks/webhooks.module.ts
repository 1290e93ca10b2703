import { Inject, Module, type FactoryProvider, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Publisher } from '@groundswell/messaging';
import { Catalogue, Database } from '@groundswell/persistence';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG, GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { RateLimiter } from '../rate-limits/rate-limiter';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';
import { IngestQueues } from '../spool/ingest-queues';
import { SnsClient } from './sns/sns-client';
import { SnsGate } from './sns/sns-gate';
import { SnsHosts } from './sns/sns-hosts';
import { WebhookIntake } from './webhook-intake';
import { WebhookSecrets } from './webhook-secrets';
import { WebhookSenders } from './webhook-senders';
import { WebhookRoutes } from './webhook.routes';

type Parts = [
  Partial<GatewayConfig>,
  GatewayLogger,
  CatalogueSurroundings,
  Catalogue,
  Database,
  Publisher,
  IngestQueues,
  RateLimiter,
];

const routes: FactoryProvider = {
  provide: WebhookRoutes,
  inject: [
    GATEWAY_CONFIG,
    GATEWAY_LOGGER,
    CATALOGUE_SURROUNDINGS,
    Catalogue,
    Database,
    Publisher,
    IngestQueues,
    RateLimiter,
  ],
  useFactory: (...[config, logger, { settings }, catalogue, database, publisher, queues, limiter]: Parts) =>
    new WebhookRoutes({
      senders: new WebhookSenders({
        catalogue,
        secrets: new WebhookSecrets(settings.envelope),
        limiter,
        allowsBarePaths: config.WEBHOOK_BARE_PATHS ?? false,
      }),
      intake: new WebhookIntake({ publisher, queues }),
      sns: new SnsGate({ database, hosts: new SnsHosts(config.SNS_ORIGIN ?? null), client: new SnsClient(), logger }),
      logger,
    }),
};

/** What mail providers tell about mails. Needs the global modules MessagingModule, CatalogueModule and
 *  SpoolPublishingModule. */
@Module({ imports: [RateLimitsModule], providers: [routes] })
export class WebhooksModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(WebhookRoutes) private readonly routes: WebhookRoutes,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.routes.register(this.adapterHost.httpAdapter.getInstance<FastifyInstance>());
  }
}
