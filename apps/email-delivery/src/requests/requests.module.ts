import { Module, type DynamicModule } from '@nestjs/common';
import { Database } from '@groundswell/persistence';
import { AccountReadModel, type StoredAccount } from '../accounts/account.read-model';
import { arePrivateHostsAllowed, envelopeOf, type MailConfig } from '../config';
import { AddressKeys } from '../deliveries/address-keys';
import { MailLoops } from '../events/loops/mail-loops';
import { MailingControl } from '../mailings/mailing-control';
import { MailSender } from '../sending/mail-sender';
import { RemoteTemplateLists } from '../templates/remote-templates';
import { AnswerRequestsHandler } from './answer-requests.handler';
import { LoopRequests } from './loop-requests';
import { MailRequests } from './mail-requests';
import { removerAtProviders } from './provider-suppressions';
import { SuppressionRequests } from './suppression-requests';
import { TemplateRequests } from './template-requests';

/** What the gateway asks of this service. Needs the global modules of sending, event loops and mailings. */
@Module({})
export class RequestsModule {
  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [AnswerRequestsHandler],
      providers: [
        { provide: LoopRequests, inject: [MailLoops], useFactory: (loops: MailLoops) => new LoopRequests(loops) },
        {
          provide: MailRequests,
          inject: [Database, MailingControl, MailSender],
          useFactory: (database: Database, mailings: MailingControl, sender: MailSender) =>
            new MailRequests(database, mailings, () => sender.wake()),
        },
        {
          provide: TemplateRequests,
          inject: [RemoteTemplateLists],
          useFactory: (lists: RemoteTemplateLists) => new TemplateRequests(lists),
        },
        suppressionsProvider(config),
      ],
    };
  }
}

const suppressionsProvider = (config: MailConfig) => ({
  provide: SuppressionRequests,
  inject: [Database, AddressKeys],
  useFactory: (database: Database, keys: AddressKeys) => {
    const envelope = envelopeOf(config);
    const settings = {
      connectTimeoutMs: config.PROVIDER_CONNECT_TIMEOUT_MS,
      allowPrivate: arePrivateHostsAllowed(config),
    };
    const passwordOf = ({ password }: StoredAccount): string =>
      password === '' ? '' : envelope.open(password).toString('utf8');
    return new SuppressionRequests(
      database,
      keys.hash,
      async (id) => (await database.run((manager) => new AccountReadModel(manager).find([id])))[0] ?? null,
      removerAtProviders(settings, passwordOf),
    );
  },
});
