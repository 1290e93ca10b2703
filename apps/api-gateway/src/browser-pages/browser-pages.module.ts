import { Inject, Module, type DynamicModule, type FactoryProvider, type OnModuleInit, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Database, OutboxRepository } from '@groundswell/persistence';
import { AccountChanges } from '../accounts/account-changes';
import { EmailChangeService } from '../accounts/email-change.service';
import { PasswordService } from '../accounts/password.service';
import { RegistrationService } from '../accounts/registration.service';
import { Sessions } from '../accounts/sessions';
import { PasswordLogin } from '../auth/password-login';
import { PasswordWork } from '../auth/password-work';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { cookieKeysOf, isLocalAuthOn, publicUrlOf, type GatewayConfig } from '../config';
import { GATEWAY_CONFIG, GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { RateLimiter } from '../rate-limits/rate-limiter';
import { confirmationPages } from './confirmation.pages';
import { loginPages } from './login.pages';
import type { PageRoute } from './page-route';
import { PageServer } from './page-server';
import { registrationPages } from './registration.pages';
import { resetPages } from './reset.pages';
import { SessionCookies } from './session-cookies';
import { settingsPages } from './settings.pages';
import { PageRenderer } from './templates/page-renderer';
import { TroublePages } from './trouble.pages';
import { welcomePages } from './welcome.page';

/** Pages of other parts of the gateway: a list of PageRoute. */
export const MORE_PAGES = Symbol('more pages');

interface Services {
  database: Database;
  logins: PasswordLogin;
  work: PasswordWork;
  limiter: RateLimiter;
  authenticator: RequestAuthenticator;
  morePages: PageRoute[];
}

const pageServer = (config: GatewayConfig, logger: GatewayLogger, services: Services): PageServer => {
  const { database, logins, work, limiter, authenticator, morePages } = services;
  const publicUrl = publicUrlOf(config);
  const changes = new AccountChanges(database, new OutboxRepository('catalog'), publicUrl);
  const sessions = new Sessions(changes);
  const passwords = new PasswordService(changes, logins, work, limiter, authenticator);
  const registrations = new RegistrationService(changes, work, limiter, config.ORG_NAME);
  const emailChanges = new EmailChangeService(changes, passwords, limiter);
  const renderer = new PageRenderer(config.SSO_HOME_URL ?? null);
  return new PageServer({
    routes: [
      ...welcomePages,
      ...registrationPages(registrations, sessions),
      ...loginPages(logins, sessions),
      ...resetPages(passwords),
      ...settingsPages({ passwords, emailChanges, sessions }),
      ...confirmationPages(registrations),
      ...morePages,
    ],
    sessions,
    renderer,
    cookies: new SessionCookies(publicUrl.startsWith('https:')),
    trouble: new TroublePages(renderer, logger),
    cookieKeys: cookieKeysOf(config),
  });
};

/** Null where accounts are managed elsewhere: then no page is there at all. */
const optionalPageServer: FactoryProvider<PageServer | null> = {
  provide: PageServer,
  inject: [
    GATEWAY_CONFIG,
    GATEWAY_LOGGER,
    Database,
    PasswordLogin,
    PasswordWork,
    RateLimiter,
    RequestAuthenticator,
    { token: MORE_PAGES, optional: true },
  ],
  useFactory: (
    config: GatewayConfig,
    logger: GatewayLogger,
    database: Database,
    logins: PasswordLogin,
    work: PasswordWork,
    limiter: RateLimiter,
    authenticator: RequestAuthenticator,
    morePages: PageRoute[] = [],
  ) => {
    if (!isLocalAuthOn(config)) return null;
    return pageServer(config, logger, { database, logins, work, limiter, authenticator, morePages });
  },
};

/** Pages to register, log in and change one's password (email-and-mtt.md §7.3). */
@Module({ providers: [optionalPageServer] })
export class BrowserPagesModule implements OnModuleInit {
  /** With the pages that this module exports as MORE_PAGES. */
  static withPagesOf(module: Type): DynamicModule {
    return { module: BrowserPagesModule, imports: [module] };
  }

  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(PageServer) private readonly server: PageServer | null,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    if (this.server) return this.server.register(fastify);
    const { SSO_HOME_URL: ssoUrl } = this.config;
    // Old bookmarks and links to the login lead to where the login is now.
    if (ssoUrl !== undefined) fastify.get('/users/log_in', (_request, reply) => reply.redirect(ssoUrl, 302));
  }
}
