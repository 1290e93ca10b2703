import { hostname } from 'node:os';
import { Module, type FactoryProvider } from '@nestjs/common';
import { SecretEnvelope } from '@groundswell/crypto';
import { BrokerConnections, Publisher } from '@groundswell/messaging';
import { HealthRegistry, Metrics, type Logger } from '@groundswell/observability';
import { Catalogue, Database } from '@groundswell/persistence';
import { CONFIG, LOGGER } from '../app.tokens';
import { Declarer } from '../broker/declarer';
import { ManagementClient } from '../broker/management.client';
import { queueMaxBytes, tlsOf, vhostOf, type TopologyConfig } from '../config';
import { desiredPolicies } from '../desired/policies';
import { BrokerUserRepository } from '../users/broker-user.repository';
import { BrokerUsers } from '../users/broker-users';
import { Alarms } from './alarms';
import { Declaring } from './declaring';
import { DesiredState } from './desired-state';
import { IdleQueues } from './idle-queues';
import { QueueAges } from './queue-ages';
import { QueueSetRepository } from './queue-set.repository';
import { ReconcileLease } from './reconcile-lease';
import { ReconcileLoop } from './reconcile-loop';
import { Reconciler } from './reconciler';
import { RoundMetrics } from './round-metrics';
import { Tidying } from './tidying';
import { TopologyAnnouncer } from './topology-announcer';
import { TopologyRuntime } from './topology-runtime';

const provide = <T>(token: FactoryProvider['provide'], inject: unknown[], useFactory: (...args: never[]) => T) =>
  ({ provide: token, inject, useFactory }) as FactoryProvider<T>;

const infrastructure: FactoryProvider[] = [
  provide(Database, [CONFIG, LOGGER], (config: TopologyConfig, logger: Logger) => {
    const settings = { url: config.DATABASE_URL, applicationName: 'topology-service', poolSize: 4 };
    return new Database({ ...settings, statementTimeoutMs: 10_000 }, logger);
  }),
  provide(BrokerConnections, [CONFIG, LOGGER], (config: TopologyConfig, logger: Logger) => {
    const reconnect = { firstMs: config.BROKER_RETRY_FIRST_MS, maxMs: config.BROKER_RETRY_MAX_MS };
    const tls = tlsOf(config);
    return new BrokerConnections({ serviceName: 'topology-service', urls: config.AMQP_URL, reconnect, tls, logger });
  }),
  provide(
    Publisher,
    [BrokerConnections, LOGGER],
    ({ publish }: BrokerConnections, logger: Logger) => new Publisher({ connection: publish, logger }),
  ),
];

/** Builds the loop from its parts; they are of no use to anyone else. */
function createLoop(
  config: TopologyConfig,
  logger: Logger,
  database: Database,
  connections: BrokerConnections,
  publisher: Publisher,
  metrics: Metrics,
  alarms: Alarms,
): ReconcileLoop {
  const vhost = vhostOf(config.AMQP_URL);
  const timeoutMs = config.MANAGEMENT_TIMEOUT_MS;
  const management = new ManagementClient({ url: config.AMQP_MANAGEMENT_URL, vhost, timeoutMs });
  const declarer = new Declarer(connections.consume, 15_000);
  const holder = `${hostname()}:${process.pid}:${Date.now()}:${Math.random().toString(36).slice(2, 8)}`;
  const lease = new ReconcileLease(database, { holder, ttlMs: config.LEASE_MS });
  const queueSets = new QueueSetRepository(database);
  const catalogue = new Catalogue(database);
  const desired = new DesiredState(catalogue, {
    aliasByDefault: config.QUEUE_ALIAS,
    deployedServices: config.DEPLOYED_SERVICES,
  });
  const ages = new QueueAges(config.YOUNG_QUEUE_MS);
  const retryTtlMs = config.RETRY_TTL_MS;
  const policies = desiredPolicies({
    retryTtlMs,
    queueMaxBytes: queueMaxBytes(config),
    eventsMaxBytes: config.EVENTS_MAX_BYTES,
  });
  const roundMetrics = new RoundMetrics(metrics);
  const reconciler = new Reconciler({
    ...{ management, declarer, publisher, lease, queueSets, desired, ages, policies, alarms, logger },
    users: createUsers(config, management, database, lease, logger),
    declaring: new Declaring(management, declarer, lease, ages, policies, logger),
    // Twice: what a reader rejected just before it left is home again by then.
    tidying: new Tidying(declarer, lease, new IdleQueues(2 * retryTtlMs), logger),
    announcer: new TopologyAnnouncer(publisher, logger),
    metrics: roundMetrics,
  });
  const { RECONCILE_MS: reconcileMs, BROKER_RETRY_FIRST_MS, CATALOGUE_POLL_MS: pollMs, LEASE_MS: leaseMs } = config;
  const retry = { firstMs: Math.min(1_000, BROKER_RETRY_FIRST_MS), maxMs: reconcileMs };
  return new ReconcileLoop(
    {
      reconciler,
      lease,
      catalogue,
      desired,
      queueSets,
      connection: connections.consume,
      metrics: roundMetrics,
      logger,
    },
    { reconcileMs, pollMs, leaseMs, retry },
  );
}

function createUsers(
  config: TopologyConfig,
  management: ManagementClient,
  database: Database,
  lease: ReconcileLease,
  logger: Logger,
): BrokerUsers {
  const envelope = config.ENVELOPE_KEY
    ? SecretEnvelope.fromText(config.ENVELOPE_KEY)
    : SecretEnvelope.fromFile(config.ENVELOPE_KEY_FILE ?? '');
  const settings = {
    prefix: config.BROKER_USER_PREFIX,
    servicePasswords: { gateway: config.BROKER_GATEWAY_PASSWORD, ingest: config.BROKER_INGEST_PASSWORD },
  };
  return new BrokerUsers(management, new BrokerUserRepository(database), envelope, lease, settings, logger);
}

@Module({
  providers: [
    ...infrastructure,
    provide(Alarms, [LOGGER], (logger: Logger) => new Alarms(logger)),
    provide(ReconcileLoop, [CONFIG, LOGGER, Database, BrokerConnections, Publisher, Metrics, Alarms], createLoop),
    provide(
      TopologyRuntime,
      [Database, BrokerConnections, Publisher, ReconcileLoop, Alarms, HealthRegistry, LOGGER],
      (
        database: Database,
        connections: BrokerConnections,
        publisher: Publisher,
        loop: ReconcileLoop,
        alarms: Alarms,
        health: HealthRegistry,
        logger: Logger,
      ) => new TopologyRuntime({ database, connections, publisher, loop, alarms, health, logger }),
    ),
  ],
})
export class ReconciliationModule {}
