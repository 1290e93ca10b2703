import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Catalogue, Database } from '@groundswell/persistence';
import type { NotifyConfig } from './config';
import type { Logger } from './runtime';

/** This service's database as role gs_notify, and the catalogue it reads. Boot never waits for the server. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static forRoot(config: NotifyConfig, logger: Logger): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          useFactory: async () => {
            const database = new Database(
              { url: config.DATABASE_URL, applicationName: 'notify-service', poolSize: config.DATABASE_POOL_SIZE },
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
