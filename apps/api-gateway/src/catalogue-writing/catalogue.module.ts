import { Metrics } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  defaultRelaySettings,
  OutboxRelay,
  OutboxRepository,
  prometheusDatabase,
  prometheusRelay,
  StatementClock,
  TopologyGate,
} from '@groundswell/persistence';
import { Global, Module, type DynamicModule, type FactoryProvider, type ModuleMetadata } from '@nestjs/common';
import { CatalogueBoot } from './catalogue-boot';
import { CatalogueLookup } from './catalogue-lookup';
import { CatalogueRefresher } from './catalogue-refresher';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from './catalogue-settings';
import { CatalogueWriter } from './catalogue-writer';
import { InstanceOrg } from './instance-org';

export interface CatalogueModuleOptions {
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  useFactory: (...injected: never[]) => CatalogueSurroundings | Promise<CatalogueSurroundings>;
}

/** The gateway's database, the catalogue in memory, and the one way to change it. Global. */
@Global()
@Module({})
export class CatalogueModule {
  static register(options: CatalogueModuleOptions): DynamicModule {
    return {
      module: CatalogueModule,
      imports: options.imports ?? [],
      providers: [
        { provide: CATALOGUE_SURROUNDINGS, inject: options.inject ?? [], useFactory: options.useFactory },
        database,
        { provide: Catalogue, inject: [Database], useFactory: (database: Database) => new Catalogue(database) },
        { provide: OutboxRepository, useFactory: () => new OutboxRepository('catalog') },
        topologyGate,
        relay,
        refresher,
        CatalogueLookup,
        CatalogueWriter,
        InstanceOrg,
        CatalogueBoot,
      ],
      exports: [
        CATALOGUE_SURROUNDINGS,
        Database,
        Catalogue,
        CatalogueLookup,
        CatalogueWriter,
        CatalogueBoot,
        CatalogueRefresher,
        OutboxRepository,
        OutboxRelay,
        TopologyGate,
      ],
    };
  }
}

const anyMetrics = { token: Metrics, optional: true };

const database: FactoryProvider = {
  provide: Database,
  inject: [CATALOGUE_SURROUNDINGS, anyMetrics],
  useFactory: ({ settings, logger }: CatalogueSurroundings, metrics?: Metrics) =>
    new Database(
      {
        url: settings.databaseUrl,
        applicationName: 'api-gateway',
        poolSize: settings.databasePoolSize,
        queue: settings.databaseQueue,
        connectTimeoutMs: settings.databaseConnectMs,
      },
      logger,
      metrics && new StatementClock(prometheusDatabase(metrics), logger),
    ),
};

const topologyGate: FactoryProvider = {
  provide: TopologyGate,
  inject: [Catalogue, Database, CATALOGUE_SURROUNDINGS],
  useFactory: (catalogue: Catalogue, database: Database, { settings }: CatalogueSurroundings) =>
    new TopologyGate(database, catalogue, { aliasByDefault: settings.queueAlias }),
};

const relay: FactoryProvider = {
  provide: OutboxRelay,
  inject: [Database, OutboxRepository, TopologyGate, CATALOGUE_SURROUNDINGS, anyMetrics],
  useFactory: (
    database: Database,
    outbox: OutboxRepository,
    gate: TopologyGate,
    { publisher, logger }: CatalogueSurroundings,
    metrics?: Metrics,
  ) =>
    new OutboxRelay(
      ...([database, outbox, publisher, gate, logger, defaultRelaySettings] as const),
      metrics && prometheusRelay(metrics),
    ),
};

const refresher: FactoryProvider = {
  provide: CatalogueRefresher,
  inject: [Catalogue, TopologyGate, OutboxRelay, CATALOGUE_SURROUNDINGS],
  useFactory: (
    catalogue: Catalogue,
    gate: TopologyGate,
    outboxRelay: OutboxRelay,
    { settings, logger }: CatalogueSurroundings,
  ) => new CatalogueRefresher(catalogue, gate, outboxRelay, settings.refreshMs, logger),
};
