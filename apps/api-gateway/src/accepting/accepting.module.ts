import { cryptoReady } from '@groundswell/crypto';
import { BrokerConnections, Publisher } from '@groundswell/messaging';
import { HealthRegistry, Metrics } from '@groundswell/observability';
import { Catalogue, Database, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { ContactSealer, PageScopes } from '@groundswell/submissions';
import {
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { AttachmentTokens } from '../attachments/attachment-tokens';
import { CaptchaCheckRepository } from '../captcha/captcha-check.repository';
import { CaptchaGate } from '../captcha/captcha-gate';
import { CaptchaLog } from '../captcha/captcha-log';
import { withoutCaptcha, type CaptchaSettings } from '../captcha/captcha-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { FollowUpTokens } from '../follow-ups/follow-up-tokens';
import { CatalogOutboxPublisher } from '../spool/catalog-outbox.publisher';
import { IngestQueueWatch } from '../spool/ingest-queue-watch';
import { IngestQueues } from '../spool/ingest-queues';
import { Spool } from '../spool/spool';
import { SystemQueueReadModel } from '../spool/system-queue.read-model';
import { AcceptMetrics } from './accept-metrics';
import { AcceptResolver } from './accept.resolver';
import { DurablePublisher } from './durable-publisher';
import { SigningHealth } from './signing-health';
import { SubmissionBuilder } from './submission-builder';
import { SubmissionIntake } from './submission-intake';

export interface AcceptingSettings {
  /** FINGERPRINT_SEED: must never change, or supporters are no longer recognised. */
  fingerprintSeed: string;
  /** FINGERPRINT_SEED_BEFORE: newest first. */
  formerSeeds?: readonly string[];
  /** Parse what is published by its contract: true outside production. */
  checksContracts: boolean;
  /** Absent: no captcha is ever asked for, but where a campaign's or org's config says so. */
  captcha?: CaptchaSettings;
}

export const ACCEPTING_SETTINGS = Symbol('AcceptingSettings');

const providers: FactoryProvider[] = [
  { provide: AcceptMetrics, inject: [Metrics], useFactory: (metrics: Metrics) => new AcceptMetrics(metrics) },
  {
    provide: Spool,
    inject: [Database, OutboxRepository, AcceptMetrics, Metrics],
    useFactory: (database: Database, outbox: OutboxRepository, accepting: AcceptMetrics, metrics: Metrics) => {
      const spool = new Spool(database, outbox);
      accepting.watchSpool(metrics, spool);
      return spool;
    },
  },
  {
    provide: IngestQueueWatch,
    inject: [IngestQueues, Database, OutboxRelay, BrokerConnections, Publisher, CATALOGUE_SURROUNDINGS],
    useFactory: (
      queues: IngestQueues,
      database: Database,
      relay: OutboxRelay,
      connections: BrokerConnections,
      publisher: Publisher,
      { settings, events }: CatalogueSurroundings,
    ) =>
      new IngestQueueWatch({
        queues,
        readModel: new SystemQueueReadModel(database),
        relay,
        events,
        broker: connections.publish,
        publisher,
        refreshMs: settings.refreshMs,
      }),
  },
  {
    provide: DurablePublisher,
    inject: [Publisher, IngestQueues, Spool, AcceptMetrics, CATALOGUE_SURROUNDINGS],
    useFactory: (
      publisher: Publisher,
      queues: IngestQueues,
      spool: Spool,
      metrics: AcceptMetrics,
      { logger }: CatalogueSurroundings,
    ) => new DurablePublisher({ publisher, queues, spool, metrics, logger }),
  },
  {
    provide: SubmissionBuilder,
    inject: [Catalogue, CATALOGUE_SURROUNDINGS, ACCEPTING_SETTINGS],
    useFactory: (
      catalogue: Catalogue,
      { settings: { envelope, instanceOrgName } }: CatalogueSurroundings,
      { fingerprintSeed, formerSeeds }: AcceptingSettings,
    ) => new SubmissionBuilder(new ContactSealer(catalogue, envelope, instanceOrgName), fingerprintSeed, formerSeeds),
  },
  {
    provide: CaptchaLog,
    inject: [Database, CATALOGUE_SURROUNDINGS],
    useFactory: (database: Database, { logger }: CatalogueSurroundings) =>
      new CaptchaLog(new CaptchaCheckRepository(database), logger),
  },
  {
    provide: SubmissionIntake,
    inject: [
      Catalogue,
      CatalogueLookup,
      SubmissionBuilder,
      DurablePublisher,
      CaptchaLog,
      AcceptMetrics,
      CATALOGUE_SURROUNDINGS,
      ACCEPTING_SETTINGS,
    ],
    useFactory: (
      catalogue: Catalogue,
      missingPages: CatalogueLookup,
      builder: SubmissionBuilder,
      durable: DurablePublisher,
      captchaLog: CaptchaLog,
      metrics: AcceptMetrics,
      { logger, settings: { envelope } }: CatalogueSurroundings,
      { checksContracts, captcha = withoutCaptcha }: AcceptingSettings,
    ) =>
      new SubmissionIntake({
        scopes: new PageScopes(catalogue),
        missingPages,
        builder,
        durable,
        followUps: new FollowUpTokens(envelope),
        attachments: new AttachmentTokens(envelope),
        captcha: { gate: new CaptchaGate(captcha), log: captchaLog },
        metrics,
        logger,
        checksContracts,
      }),
  },
  {
    provide: SigningHealth,
    inject: [Publisher, IngestQueues, Database, Catalogue],
    useFactory: (publisher: Publisher, queues: IngestQueues, database: Database, catalogue: Catalogue) =>
      new SigningHealth({ publisher, queues, database, catalogue }),
  },
];

/** Accepting signatures. Global. Needs the global modules MessagingModule, HealthModule, CatalogueModule and
 *  SpoolPublishingModule, whose CatalogOutboxPublisher the relay must publish through. */
@Module({})
export class AcceptingModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(IngestQueueWatch) private readonly watch: IngestQueueWatch,
    @Inject(SigningHealth) private readonly signing: SigningHealth,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  static register(options: {
    imports?: ModuleMetadata['imports'];
    inject?: FactoryProvider['inject'];
    useFactory: FactoryProvider<AcceptingSettings>['useFactory'];
  }): DynamicModule {
    const { imports, inject, useFactory } = options;
    return {
      module: AcceptingModule,
      global: true,
      imports: imports ?? [],
      providers: [{ provide: ACCEPTING_SETTINGS, inject: inject ?? [], useFactory }, ...providers, AcceptResolver],
      exports: [ACCEPTING_SETTINGS, AcceptMetrics, DurablePublisher, SubmissionIntake],
    };
  }

  async onModuleInit(): Promise<void> {
    if (!(this.surroundings.publisher instanceof CatalogOutboxPublisher)) {
      throw new Error('the relay of schema catalog must publish through CatalogOutboxPublisher');
    }
    this.signing.register(this.health);
    await cryptoReady();
  }

  /** By now the database was given its time to connect. */
  onApplicationBootstrap(): void {
    this.watch.start();
  }

  beforeApplicationShutdown(): void {
    this.watch.stop();
  }
}
