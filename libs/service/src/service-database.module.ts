import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Metrics, type Logger } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  prometheusDatabase,
  StatementClock,
  type DataSourceSettings,
} from '@groundswell/persistence';

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
          inject: [Metrics],
          useFactory: async (metrics: Metrics) => {
            const clock = new StatementClock(prometheusDatabase(metrics), logger);
            const database = new Database(settings, logger, clock);
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
