import type { SecretEnvelope } from '@groundswell/crypto';
import type { Catalogue, OutboxPublisher, PoolQueueLimits, TopologyGate } from '@groundswell/persistence';
import type { AskProviderTemplates } from './remote-templates';

/** What the catalogue, its writer and the first boot need of the configuration. */
export interface CatalogueSettings {
  /** DATABASE_URL: the gateway's own role. */
  databaseUrl: string;
  /** DATABASE_POOL_SIZE: connections of this process. */
  databasePoolSize: number;
  /** DB_QUEUE_TARGET, DB_QUEUE_INTERVAL: which callers are turned away while all connections are in use. */
  databaseQueue?: PoolQueueLimits;
  /** Longest to wait for a new connection, ms, where not that of every service. */
  databaseConnectMs?: number;
  /** How long boot waits for the database before it goes on without, ms. */
  databaseWaitMs: number;
  /** How often the catalogue's version is compared, ms. */
  refreshMs: number;
  /** ORG_NAME. */
  instanceOrgName: string;
  /** PUBLIC_URL or DOMAIN: base of links in events, without a slash at the end. */
  publicUrl: string;
  /** ADMIN_EMAIL and ADMIN_PASSWORD: made an instance admin once, when there is no such user yet. */
  initialAdmin: { email: string; password: string } | null;
  /** QUEUE_ALIAS: orgs without a setting of their own have cus.* queues (processing.md §7.3). */
  queueAlias: boolean;
  /** Opens and seals private keys and service passwords. */
  envelope: SecretEnvelope;
  /** How old counters may be that are read by SQL, ms; at most 5000. */
  statsCacheMs: number;
}

/** The part of a pino logger that is used here. */
export interface CatalogueLogger {
  debug?(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** Events of other processes, bound to keys of exchange `event`; EventTapSource is one. */
export interface EventSource {
  /** Calls `listener` with the routing key and body of each message, and with body null whenever listening begins (again)
   *  and something may have been missed. Returns how to stop. */
  listen(keys: string[], listener: (routingKey: string, body: unknown) => void): () => void;
  start(): void;
  stop(): Promise<void>;
}

/** Where a boot without the database finds the last catalogue; CatalogueCopy is one. Nothing here throws. */
export interface KeptCopy {
  /** Called first: what is kept may be needed in a moment. */
  prepare(): void;
  /** Fills the catalogue while it is empty; false when that was not possible. */
  restoreInto(catalogue: Pick<Catalogue, 'restore'>): Promise<boolean>;
  /** Keeps what comes from the database from now on. */
  start(catalogue: Pick<Catalogue, 'version' | 'snapshot'>, topology: Pick<TopologyGate, 'isSystemConfirmed'>): void;
  stop(): void;
}

/** Everything CatalogueModule is given. */
export interface CatalogueSurroundings {
  settings: CatalogueSettings;
  logger: CatalogueLogger;
  /** Publishes outbox rows and change notices. */
  publisher: OutboxPublisher;
  /** Without it changes of other replicas are seen within `refreshMs`. */
  events?: EventSource;
  /** Without it a gateway that boots while the database is away waits for it. */
  copy?: KeptCopy | undefined;
  /** Without it templates of providers are not known, and any name of one is taken. */
  providerTemplates?: AskProviderTemplates;
  /** The instance org cannot encrypt: the process must not go on (processing.md §4.3). */
  refuseToRun(reason: Error): void;
}

export const CATALOGUE_SURROUNDINGS = Symbol('CatalogueSurroundings');
