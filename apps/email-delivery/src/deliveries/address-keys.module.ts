import { Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { HealthRegistry, type Logger } from '@groundswell/observability';
import { Database } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { envelopeOf, type MailConfig } from '../config';
import { AddressKeys } from './address-keys';

/** Boot goes on without a database that takes longer. */
const bootWaitMs = 2_000;

/** The key of address hashes, for whoever takes mails or events. */
@Module({})
export class AddressKeysModule implements BeforeApplicationShutdown {
  constructor(
    private readonly keys: AddressKeys,
    health: HealthRegistry,
  ) {
    health.register(
      'address key',
      () => (keys.fault === null ? { state: 'up' } : { state: 'down', detail: keys.fault }),
      { critical: true },
    );
  }

  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: AddressKeysModule,
      global: true,
      providers: [
        {
          provide: AddressKeys,
          inject: [Database, appLogger],
          useFactory: async (database: Database, logger: Logger) => {
            const keys = new AddressKeys(database, envelopeOf(config), logger);
            await keys.load(bootWaitMs);
            return keys;
          },
        },
      ],
      exports: [AddressKeys],
    };
  }

  beforeApplicationShutdown(): void {
    this.keys.stop();
  }
}
