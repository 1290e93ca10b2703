import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { JobControl, JobQueue, JobRunner } from '@groundswell/jobs';
import { Catalogue, Database, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import type { Logger } from '@groundswell/observability';
import { publicUrlOf, type NotifyConfig } from '../config';
import { FactReaders } from '../facts/fact-readers';
import { CheckCountersHandler } from './check-counters.handler';
import { CheckOverdueHandler } from './check-overdue.handler';
import { CounterWatch } from './counter-watch';
import { CountersReader } from './counters.reader';
import { FireRuleHandler } from './fire-rule.handler';
import { Outgoing } from './outgoing';
import { PlanDigestsHandler } from './plan-digests.handler';
import { RuleBook } from './rule-book';
import { RuleFactsReader } from './rule-facts.reader';
import { RuleFirer } from './rule-firer';
import { RuleMailer } from './rule-mailer';
import { RuleRequests } from './rule-requests';
import { SendDigestHandler } from './send-digest.handler';

const parts: FactoryProvider[] = [
  { provide: RuleBook, inject: [Database], useFactory: (database: Database) => new RuleBook(database) },
  {
    provide: CounterWatch,
    inject: [Catalogue, RuleFirer],
    useFactory: (catalogue: Catalogue, firer: RuleFirer) => new CounterWatch(catalogue, firer),
  },
  {
    provide: Outgoing,
    inject: [OutboxRepository, OutboxRelay],
    useFactory: (outbox: OutboxRepository, relay: OutboxRelay) => new Outgoing(outbox, relay),
  },
];

const readers: FactoryProvider[] = [
  {
    provide: RuleFactsReader,
    inject: [FactReaders, Database, Catalogue, RuleBook, RuleFirer, JobRunner],
    useFactory: (all: FactReaders, ...rest: ConstructorParameters<typeof RuleFactsReader>) =>
      all.add(new RuleFactsReader(...rest)),
  },
  {
    provide: CountersReader,
    inject: [FactReaders, Database, RuleBook, CounterWatch, JobRunner],
    useFactory: (all: FactReaders, ...rest: ConstructorParameters<typeof CountersReader>) =>
      all.add(new CountersReader(...rest)),
  },
];

const checks: FactoryProvider[] = [
  {
    provide: CheckCountersHandler,
    inject: [Catalogue, RuleBook, CounterWatch, RuleFirer, JobRunner],
    useFactory: (...needed: ConstructorParameters<typeof CheckCountersHandler>) => new CheckCountersHandler(...needed),
  },
  {
    provide: PlanDigestsHandler,
    inject: [Catalogue, RuleBook, JobQueue, JobRunner, appLogger],
    useFactory: (...needed: ConstructorParameters<typeof PlanDigestsHandler>) => new PlanDigestsHandler(...needed),
  },
];

const sending = (publicUrl: string): FactoryProvider[] => [
  {
    provide: RuleMailer,
    inject: [Catalogue],
    useFactory: (catalogue: Catalogue) => new RuleMailer(catalogue, publicUrl),
  },
  ...[FireRuleHandler, SendDigestHandler].map((Handler) => ({
    provide: Handler,
    inject: [Catalogue, Outgoing, RuleMailer],
    useFactory: (...needed: [Catalogue, Outgoing, RuleMailer]) => new Handler(...needed),
  })),
];

/** Rules of orgs: what happens leads to mails and events (docs/rules.md). */
@Module({})
export class RulesModule {
  static forRoot(config: NotifyConfig): DynamicModule {
    const settings = { mailSpacingMs: config.RULES_MAIL_SPACING_MS };
    return {
      module: RulesModule,
      global: true,
      providers: [
        ...parts,
        {
          provide: RuleFirer,
          inject: [JobQueue, appLogger],
          useFactory: (queue: JobQueue, logger: Logger) => new RuleFirer(queue, logger, settings),
        },
        ...readers,
        ...checks,
        {
          provide: CheckOverdueHandler,
          inject: [Catalogue, RuleBook, RuleFirer, JobRunner],
          useFactory: (catalogue: Catalogue, book: RuleBook, firer: RuleFirer, runner: JobRunner) =>
            new CheckOverdueHandler(catalogue, book, firer, runner, config.RULES_OVERDUE_COMPLETE_INTERVAL),
        },
        ...sending(publicUrlOf(config)),
        {
          provide: RuleRequests,
          inject: [Catalogue, CounterWatch, JobControl],
          useFactory: (catalogue: Catalogue, watch: CounterWatch, jobs: JobControl) =>
            new RuleRequests(catalogue, watch, jobs),
        },
      ],
      exports: [RuleRequests],
    };
  }
}
