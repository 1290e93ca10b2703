import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { brokerTlsOf, daemonDelayOf } from '@groundswell/config';
import { formerSeedsFrom } from '@groundswell/crypto';
import { JobsModule, PrometheusJobMetrics } from '@groundswell/jobs';
import { BrokerConnections, isTransient, MessagingModule, publishMetrics, Rpc } from '@groundswell/messaging';
import type { MessagingOptions } from '@groundswell/messaging';
import { ObjectStoreModule } from '@groundswell/object-store';
import { HealthModule, TelemetryModule } from '@groundswell/observability';
import type { HealthRegistry, Logger, Metrics, Telemetry } from '@groundswell/observability';
import { Database, isDatabaseFault } from '@groundswell/persistence';
import { telemetryOf } from '@groundswell/service';
import { AcceptingModule } from './accepting/accepting.module';
import { ApplicationModule } from './application/application.module';
import { AttachmentsModule } from './attachments/attachments.module';
import { AuthModule } from './auth/auth.module';
import { BrowserPagesModule } from './browser-pages/browser-pages.module';
import { ConfirmRequestsModule } from './browser-pages/confirm-requests.module';
import { CampaignsModule } from './campaigns/campaigns.module';
import { CatalogueCopy } from './catalogue-copy/catalogue-copy';
import { RedisCopyStore } from './catalogue-copy/redis.copy-store';
import { CatalogueModule } from './catalogue-writing/catalogue.module';
import type { CatalogueSurroundings } from './catalogue-writing/catalogue-settings';
import { EventTapSource } from './catalogue-writing/event-tap.source';
import { ConfirmsModule } from './confirms/confirms.module';
import { captchaSettingsOf, envelopeOf, fingerprintSeedOf, initialAdminOf, isEci, publicUrlOf } from './config';
import type { GatewayConfig } from './config';
import { CrmAccessModule } from './crm-access/crm-access.module';
import { DeletionModule } from './deletion/deletion.module';
import { RemovalModule } from './deletion/removal.module';
import { EnrichmentModule } from './enrichment/enrichment.module';
import { ErasureModule } from './erasure/erasure.module';
import { ExpiryModule } from './expiry/expiry.module';
import { ExportsModule } from './exports/exports.module';
import { FiguresModule } from './figures/figures.module';
import { GraphqlApiModule } from './graphql/graphql-api.module';
import { typeDefs } from './graphql/schema/type-defs';
import { RuntimeModule } from './http/runtime.module';
import { jobSchedules, jobTypes } from './jobs';
import { ImportsModule } from './imports/imports.module';
import { KeysModule } from './keys/keys.module';
import { LinksModule } from './links/links.module';
import { MailboxModule } from './mailbox/mailbox.module';
import { askProviderTemplates } from './mails/ask-provider-templates';
import { EmailDeliveryClient } from './mails/email-delivery.client';
import { MailoutsModule } from './mailouts/mailouts.module';
import { MailsModule } from './mails/mails.module';
import { MembersModule } from './members/members.module';
import { ModerationModule } from './moderation/moderation.module';
import { MonitorModule } from './monitor/monitor.module';
import { MttModule } from './mtt/mtt.module';
import { OrgsModule } from './orgs/orgs.module';
import { PagesModule } from './pages/pages.module';
import { PlaygroundModule } from './playground/playground.module';
import { RulesModule } from './rules/rules.module';
import { ReferencesModule } from './references/references.module';
import { RepliesModule } from './replies/replies.module';
import { FollowUpsModule } from './follow-ups/follow-ups.module';
import { PushesModule } from './pushes/pushes.module';
import { ReportsModule } from './reports/reports.module';
import { ServicesModule } from './services/services.module';
import { CatalogOutboxPublisher } from './spool/catalog-outbox.publisher';
import { IngestQueues } from './spool/ingest-queues';
import { SpoolPublishingModule } from './spool/spool-publishing.module';
import { StatsModule } from './stats/stats.module';
import { StripeModule } from './stripe/stripe.module';
import { stripeTimeoutMs } from './stripe/stripe-settings';
import { SubscriptionsModule } from './subscriptions/subscriptions.module';
import { TargetsModule } from './targets/targets.module';
import { TemplatesModule } from './templates/templates.module';
import { UpkeepModule } from './upkeep/upkeep.module';
import { UsersModule } from './users/users.module';
import { WebhooksModule } from './webhooks/webhooks.module';

const serviceName = 'api-gateway';

export interface Runtime {
  config: GatewayConfig;
  logger: Logger;
  health: HealthRegistry;
  metrics: Metrics;
  telemetry: Telemetry;
  /** Ends the process: going on would do harm. */
  refuseToRun(reason: Error): void;
}

/** What people set up and look at, in the order they are started in. */
const managementModules = [
  ApplicationModule,
  AuthModule,
  UsersModule,
  OrgsModule,
  CampaignsModule,
  PagesModule,
  KeysModule,
  ServicesModule,
  ConfirmsModule,
  MembersModule,
  DeletionModule,
  RemovalModule,
  StatsModule,
  TargetsModule,
  MttModule,
  TemplatesModule,
];

/** The whole app, built from what main.ts read. */
@Module({})
export class AppModule {
  static forRoot(runtime: Runtime): DynamicModule {
    const { config, logger, health, metrics } = runtime;
    return {
      module: AppModule,
      imports: [
        TelemetryModule.forRoot(runtime.telemetry),
        RuntimeModule.forRoot(config, logger),
        HealthModule.forRoot({ health, metrics, telemetry: telemetryOf(config, logger) }),
        FiguresModule,
        MessagingModule.forRoot(messagingOptions(runtime)),
        ObjectStoreModule.forRoot(config),
        SpoolPublishingModule,
        CatalogueModule.register({
          inject: [CatalogOutboxPublisher, BrokerConnections, IngestQueues, Rpc],
          useFactory: (...[publisher, connections, queues, rpc]: CatalogueParts) => ({
            ...catalogueSurroundings(runtime, publisher, connections),
            copy: catalogueCopy(runtime, queues),
            providerTemplates: askProviderTemplates(new EmailDeliveryClient(rpc, config), logger),
          }),
        }),
        ...managementModules,
        StripeModule.forRoot({ apiUrl: config.STRIPE_API_URL, timeoutMs: stripeTimeoutMs }),
        AcceptingModule.register({
          useFactory: () => ({
            fingerprintSeed: fingerprintSeedOf(config),
            formerSeeds: formerSeedsFrom(config.FINGERPRINT_SEED_BEFORE),
            checksContracts: config.NODE_ENV !== 'production',
            captcha: captchaSettingsOf(config),
          }),
        }),
        LinksModule,
        BrowserPagesModule.withPagesOf(ConfirmRequestsModule),
        MailboxModule,
        MailsModule,
        MailoutsModule,
        CrmAccessModule,
        MonitorModule,
        PushesModule,
        FollowUpsModule,
        RepliesModule,
        RulesModule,
        AttachmentsModule,
        ImportsModule,
        EnrichmentModule,
        ReportsModule,
        jobsModule(runtime),
        ExpiryModule,
        ReferencesModule,
        UpkeepModule,
        WebhooksModule,
        ModerationModule,
        ExportsModule,
        ErasureModule,
        SubscriptionsModule.register({ isServed: !isEci(config) }),
        PlaygroundModule.register({ isServed: !isEci(config) }),
        GraphqlApiModule.forRoot({ typeDefs, auth: AuthModule }),
      ],
    };
  }
}

/** One at a time: requests need the connections. */
const jobsModule = ({ config, logger, metrics }: Runtime): DynamicModule =>
  JobsModule.forRootAsync({
    inject: [Database],
    useFactory: (database: Database) => ({
      database,
      schema: 'catalog',
      types: jobTypes,
      schedules: jobSchedules(config),
      workerId: `${hostname()}-${process.pid}-${randomUUID()}`,
      logger,
      isTransient: (error: unknown) => isTransient(error) || isDatabaseFault(error),
      metrics: new PrometheusJobMetrics(metrics),
      settings: { slots: 1, pollMs: config.JOBS_POLL_MS, startDelayMs: daemonDelayOf(config) },
    }),
  });

type CatalogueParts = [CatalogOutboxPublisher, BrokerConnections, IngestQueues, Rpc];

const nothingConsumed = (): never => {
  throw new Error('the gateway consumes no queue of work');
};

const messagingOptions = ({ config, logger, metrics, telemetry }: Runtime): MessagingOptions => ({
  urls: config.AMQP_URL,
  tls: brokerTlsOf(config),
  serviceName,
  reconnect: { firstMs: config.RECONNECT_FIRST_MS, maxMs: config.RECONNECT_LONGEST_MS },
  logger,
  tracing: telemetry.tracing,
  sendsRequests: true,
  metrics: publishMetrics(metrics),
  consumers: [],
  consuming: {
    parking: { park: nothingConsumed },
    attempts: { note: nothingConsumed, forget: nothingConsumed },
  },
});

const catalogueSurroundings = (
  { config, logger, refuseToRun }: Runtime,
  publisher: CatalogOutboxPublisher,
  connections: BrokerConnections,
): CatalogueSurroundings => ({
  settings: {
    databaseUrl: config.DATABASE_URL,
    databasePoolSize: config.DATABASE_POOL_SIZE,
    databaseQueue: { targetMs: config.DB_QUEUE_TARGET, intervalMs: config.DB_QUEUE_INTERVAL },
    databaseWaitMs: config.DATABASE_WAIT_MS,
    refreshMs: config.CATALOGUE_POLL_MS,
    instanceOrgName: config.ORG_NAME,
    publicUrl: publicUrlOf(config),
    initialAdmin: initialAdminOf(config),
    queueAlias: config.QUEUE_ALIAS,
    envelope: envelopeOf(config),
    statsCacheMs: config.STATS_CACHE_MS,
  },
  logger,
  publisher,
  events: new EventTapSource(connections, serviceName, logger),
  refuseToRun,
});

const catalogueCopy = ({ config, logger }: Runtime, queues: IngestQueues): CatalogueCopy | undefined =>
  config.REDIS_URL === undefined
    ? undefined
    : new CatalogueCopy({
        store: new RedisCopyStore({ url: config.REDIS_URL, databaseUrl: config.DATABASE_URL }),
        envelope: envelopeOf(config),
        queues,
        logger,
      });
