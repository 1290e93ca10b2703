import { Catalogue, Database } from '@groundswell/persistence';
import { Inject, Module, type FactoryProvider, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AcceptMetrics } from '../accepting/accept-metrics';
import { ACCEPTING_SETTINGS, type AcceptingSettings } from '../accepting/accepting.module';
import { DurablePublisher } from '../accepting/durable-publisher';
import { isLocalAuthOn, type GatewayConfig } from '../config';
import { ConfirmDecidingModule } from '../confirms/confirm-deciding.module';
import { ConfirmDecisions } from '../confirms/confirm-decisions';
import { ActionDecisions } from '../moderation/action-decisions';
import { DecisionsModule } from '../moderation/decisions.module';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { RateLimiter } from '../rate-limits/rate-limiter';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';
import { CodeLinkController } from './code-link.controller';
import { CodeLinks } from './code-links';
import { LinkCaller } from './link-caller';
import { LinkStateReadModel } from './link-state.read-model';
import { RedirectHosts } from './redirect-hosts';
import { PersonalLinkTokens, UnsubscribeTokens } from '@groundswell/crypto';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { PersonalLinks } from './personal-links';
import { UnsubscribeLinkRoutes } from './unsubscribe-link.routes';
import { UnsubscribeLinks } from './unsubscribe-links';
import { SupporterLinkController } from './supporter-link.controller';
import { SupporterLinks } from './supporter-links';

const supporterLinks: FactoryProvider = {
  provide: SupporterLinks,
  inject: [Catalogue, Database, DurablePublisher, AcceptMetrics, ACCEPTING_SETTINGS],
  useFactory: (
    catalogue: Catalogue,
    database: Database,
    durable: DurablePublisher,
    metrics: AcceptMetrics,
    { checksContracts }: AcceptingSettings,
  ) => {
    const readModel = new LinkStateReadModel(database);
    const hosts = new RedirectHosts(catalogue, readModel);
    return new SupporterLinks({ catalogue, readModel, hosts, durable, metrics, checksContracts });
  },
};

const unsubscribeLinks: FactoryProvider = {
  provide: UnsubscribeLinkRoutes,
  inject: [CATALOGUE_SURROUNDINGS, DurablePublisher, ACCEPTING_SETTINGS],
  useFactory: (
    { settings }: CatalogueSurroundings,
    durable: DurablePublisher,
    { checksContracts }: AcceptingSettings,
  ) =>
    new UnsubscribeLinkRoutes(
      new UnsubscribeLinks({ tokens: new UnsubscribeTokens(settings.envelope), durable, checksContracts }),
    ),
};

const personalLinks: FactoryProvider = {
  provide: PersonalLinks,
  inject: [CATALOGUE_SURROUNDINGS, Catalogue, Database],
  useFactory: ({ settings }: CatalogueSurroundings, catalogue: Catalogue, database: Database) => {
    const readModel = new LinkStateReadModel(database);
    const hosts = new RedirectHosts(catalogue, readModel);
    return new PersonalLinks({ tokens: new PersonalLinkTokens(settings.envelope), readModel, hosts });
  },
};

const codeLinks: FactoryProvider = {
  provide: CodeLinks,
  inject: [Catalogue, ActionDecisions, ConfirmDecisions, LinkCaller, RateLimiter, GATEWAY_CONFIG],
  useFactory: (
    catalogue: Catalogue,
    decisions: ActionDecisions,
    confirms: ConfirmDecisions,
    callers: LinkCaller,
    guesses: RateLimiter,
    config: Partial<GatewayConfig>,
  ) => new CodeLinks({ catalogue, decisions, confirms, callers, guesses, hasLoginPage: isLocalAuthOn(config) }),
};

/** Links in mails to supporters and users, and in messages to moderators. Needs the global modules AcceptingModule and
 *  AuthModule. */
@Module({
  imports: [DecisionsModule, ConfirmDecidingModule, RateLimitsModule],
  controllers: [SupporterLinkController, CodeLinkController],
  providers: [supporterLinks, personalLinks, unsubscribeLinks, LinkCaller, codeLinks],
})
export class LinksModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(UnsubscribeLinkRoutes) private readonly unsubscribing: UnsubscribeLinkRoutes,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.unsubscribing.register(this.adapterHost.httpAdapter.getInstance<FastifyInstance>());
  }
}
