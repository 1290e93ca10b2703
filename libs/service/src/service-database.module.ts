import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@groundswell/observability';
import { Catalogue, Database, type DataSourceSettings } from '@groundswell/persistence';

/** A service's database as its own role, and the catalogue it reads. Boot never waits for the server. */
@Module({})
export class ServiceDatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static forRoot(settings: DataSourceSettings, logger: Logger): DynamicModule {
    return {
      module: ServiceDatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          useFactory: async () => {
            const database = new Database(settings, logger);
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
