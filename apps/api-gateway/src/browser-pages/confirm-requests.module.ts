import { Module, type FactoryProvider } from '@nestjs/common';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { ConfirmDecidingModule } from '../confirms/confirm-deciding.module';
import { ConfirmDecisions } from '../confirms/confirm-decisions';
import { LinkCaller } from '../links/link-caller';
import { RateLimiter } from '../rate-limits/rate-limiter';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';
import { MORE_PAGES } from './browser-pages.module';
import { confirmRequestPages } from './confirm-request.pages';

const pages: FactoryProvider = {
  provide: MORE_PAGES,
  inject: [ConfirmDecisions, LinkCaller, CatalogueLookup, RateLimiter],
  useFactory: (confirms: ConfirmDecisions, callers: LinkCaller, lookup: CatalogueLookup, limiter: RateLimiter) =>
    confirmRequestPages({ confirms, callers, lookup, limiter }),
};

/** Pages to accept and reject what links ask. Needs the global modules CatalogueModule and AuthModule. */
@Module({ imports: [ConfirmDecidingModule, RateLimitsModule], providers: [LinkCaller, pages], exports: [MORE_PAGES] })
export class ConfirmRequestsModule {}
