import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Catalogue, Database } from '@groundswell/persistence';
import type { MailConfig } from './config';
import type { Logger } from './runtime';

/** This service's database as role gs_mail, and the catalogue it reads. Boot never waits for the server. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static forRoot(config: MailConfig, logger: Logger): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          useFactory: async () => {
            const database = new Database(
              { url: config.DATABASE_URL, applicationName: 'email-delivery', poolSize: config.DATABASE_POOL_SIZE },
              logger,
            );
            await database.connect(0);
            return database;
          },
        },
        { provide: Catalogue, inject: [Database], useFactory: (database: Database) => new Catalogue(database) },
      ],
      exports: [Database, Catalogue],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
