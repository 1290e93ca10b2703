import { Module, type DynamicModule } from '@nestjs/common';
import { JobQueue } from '@groundswell/jobs';
import { Catalogue, Database, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { AskOptInHandler } from '../awaiting/ask-opt-in.handler';
import { ReleaseAwaitingHandler } from '../awaiting/release-awaiting.handler';
import { publicUrlOf, type NotifyConfig } from '../config';
import { FactReaders } from '../facts/fact-readers';
import { BuildMailoutHandler } from './build-mailout.handler';
import { MailingMessages } from './mailing-messages';
import { MailoutBuilder } from './mailout-builder';
import { MailoutRequests } from './mailout-requests';
import { MovedReferencesReader } from './moved-references.reader';
import { SettleMailoutsHandler } from './settle-mailouts.handler';

const sending = [Catalogue, OutboxRepository, OutboxRelay, MailingMessages];
type Sending = [Catalogue, OutboxRepository, OutboxRelay, MailingMessages];

/** Mailouts to a campaign's supporters, and what waits until somebody opts in. */
@Module({})
export class MailoutsModule {
  static forRoot(config: NotifyConfig): DynamicModule {
    return {
      module: MailoutsModule,
      global: true,
      providers: [
        {
          provide: MailingMessages,
          inject: [Catalogue],
          useFactory: (catalogue: Catalogue) => new MailingMessages(catalogue, publicUrlOf(config)),
        },
        {
          provide: BuildMailoutHandler,
          inject: sending,
          useFactory: (...[catalogue, outbox, relay, messages]: Sending) => {
            const builder = new MailoutBuilder(catalogue, outbox, messages, config.MAILOUT_STEP_SIZE);
            return new BuildMailoutHandler(catalogue, builder, relay);
          },
        },
        {
          provide: MovedReferencesReader,
          inject: [FactReaders, Database],
          useFactory: (readers: FactReaders, database: Database) => readers.add(new MovedReferencesReader(database)),
        },
        { provide: SettleMailoutsHandler, useFactory: () => new SettleMailoutsHandler() },
        {
          provide: ReleaseAwaitingHandler,
          inject: sending,
          useFactory: (...parts: Sending) => new ReleaseAwaitingHandler(...parts),
        },
        {
          provide: AskOptInHandler,
          inject: sending,
          useFactory: (...parts: Sending) => new AskOptInHandler(...parts),
        },
        {
          provide: MailoutRequests,
          inject: [Catalogue, JobQueue, OutboxRepository, MailingMessages],
          useFactory: (catalogue: Catalogue, queue: JobQueue, outbox: OutboxRepository, messages: MailingMessages) =>
            new MailoutRequests(catalogue, queue, outbox, messages),
        },
      ],
      exports: [MailoutRequests],
    };
  }
}
