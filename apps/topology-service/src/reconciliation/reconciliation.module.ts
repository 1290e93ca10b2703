import { hostname } from 'node:os';
import { Module, type FactoryProvider } from '@nestjs/common';
import { brokerTlsOf } from '@groundswell/config';
import { SecretEnvelope } from '@groundswell/crypto';
import { BrokerConnections, ConsumerSupervisor, Publisher, publishMetrics } from '@groundswell/messaging';
import { HealthRegistry, Metrics, type Logger } from '@groundswell/observability';
import { Catalogue, Database, prometheusDatabase, StatementClock } from '@groundswell/persistence';
import { ConsumerPauses } from '@groundswell/service';
import { CONFIG, LOGGER } from '../app.tokens';
import { Declarer } from '../broker/declarer';
import { ManagementClient } from '../broker/management.client';
import { QueueCheck } from '../broker/queue-check';
import { MessageMover } from '../broker/message-mover';
import { queueMaxBytes, queueResumeBytes, vhostOf, type TopologyConfig } from '../config';
import { crmAccessProviders } from '../crm-access/crm-access.providers';
import { CrmCredentialUsers } from '../crm-access/crm-credential-users';
import { desiredPolicies } from '../desired/policies';
import { LossRepository } from '../losses/loss.repository';
import { QueueMarkRepository } from '../losses/queue-mark.repository';
import { TopologyReports } from '../reporting/topology-report';
import { TopologyController } from '../reporting/topology.controller';
import { requestProviders } from '../requests/requests.providers';
import { samplingProviders } from '../sampling/sampling.providers';
import { QueueSampler } from '../sampling/queue-sampler';
import { BrokerUserRepository } from '../users/broker-user.repository';
import { BrokerUsers } from '../users/broker-users';
import { QueueAlertRepository } from '../watching/queue-alert.repository';
import { QueueAlerts } from '../watching/queue-alerts';
import { QueueWatch } from '../watching/queue-watch';
import { WatchMetrics } from '../watching/watch-metrics';
import { Alarms } from './alarms';
import { Declaring } from './declaring';
import { DesiredState } from './desired-state';
import { IdleQueues } from './idle-queues';
import { Moving } from './moving';
import { QueueAnswers } from './queue-answers';
import { QueueAges } from './queue-ages';
import { QueueSetRepository } from './queue-set.repository';
import { ReconcileLease } from './reconcile-lease';
import { ReconcileLoop } from './reconcile-loop';
import { Reconciler } from './reconciler';
import { Replacing } from './replacing';
import { RoundMetrics } from './round-metrics';
import { Tidying } from './tidying';
import { TopologyAnnouncer } from './topology-announcer';
import { TopologyRuntime } from './topology-runtime';

const provide = <T>(token: FactoryProvider['provide'], inject: unknown[], useFactory: (...args: never[]) => T) =>
  ({ provide: token, inject, useFactory }) as FactoryProvider<T>;

const infrastructure: FactoryProvider[] = [
  provide(Database, [CONFIG, LOGGER, Metrics], (config: TopologyConfig, logger: Logger, metrics: Metrics) => {
    const settings = { url: config.DATABASE_URL, applicationName: 'topology-service', poolSize: 4 };
    const clock = new StatementClock(prometheusDatabase(metrics), logger);
    return new Database({ ...settings, statementTimeoutMs: 10_000 }, logger, clock);
  }),
  provide(BrokerConnections, [CONFIG, LOGGER], (config: TopologyConfig, logger: Logger) => {
    const reconnect = { firstMs: config.BROKER_RETRY_FIRST_MS, maxMs: config.BROKER_RETRY_MAX_MS };
    const tls = brokerTlsOf(config);
    return new BrokerConnections({ serviceName: 'topology-service', urls: config.AMQP_URL, reconnect, tls, logger });
  }),
  provide(
    Publisher,
    [BrokerConnections, LOGGER, Metrics],
    ({ publish }: BrokerConnections, logger: Logger, metrics: Metrics) =>
      new Publisher({ connection: publish, logger, metrics: publishMetrics(metrics) }),
  ),
  provide(ManagementClient, [CONFIG], (config: TopologyConfig) => {
    const timeoutMs = config.MANAGEMENT_TIMEOUT_MS;
    return new ManagementClient({ url: config.AMQP_MANAGEMENT_URL, vhost: vhostOf(config.AMQP_URL), timeoutMs });
  }),
  provide(ReconcileLease, [CONFIG, Database], (config: TopologyConfig, database: Database) => {
    const holder = `${hostname()}:${process.pid}:${Date.now()}:${Math.random().toString(36).slice(2, 8)}`;
    return new ReconcileLease(database, { holder, ttlMs: config.LEASE_MS });
  }),
  provide(QueueSetRepository, [Database], (database: Database) => new QueueSetRepository(database)),
  provide(LossRepository, [Database], (database: Database) => new LossRepository(database)),
  provide(QueueMarkRepository, [Database], (database: Database) => new QueueMarkRepository(database)),
  provide(
    TopologyAnnouncer,
    [Publisher, LOGGER],
    (publisher: Publisher, logger: Logger) => new TopologyAnnouncer(publisher, logger),
  ),
  provide(Alarms, [LOGGER], (logger: Logger) => new Alarms(logger)),
];

/** Builds the loop from its parts; those made here are of no use to anyone else. */
function createLoop(
  config: TopologyConfig,
  logger: Logger,
  database: Database,
  connections: BrokerConnections,
  publisher: Publisher,
  management: ManagementClient,
  lease: ReconcileLease,
  queueSets: QueueSetRepository,
  announcer: TopologyAnnouncer,
  metrics: Metrics,
  alarms: Alarms,
  losses: LossRepository,
  marks: QueueMarkRepository,
  credentials: CrmCredentialUsers,
): ReconcileLoop {
  const declarer = new Declarer(connections.consume, 15_000);
  const catalogue = new Catalogue(database);
  const desired = new DesiredState(catalogue, {
    aliasByDefault: config.QUEUE_ALIAS,
    deployedServices: config.DEPLOYED_SERVICES,
  });
  const ages = new QueueAges(config.YOUNG_QUEUE_MS);
  const check = new QueueCheck({ url: config.AMQP_URL, tls: brokerTlsOf(config), lanes: 8, answerMs: 2_000 });
  const answers = new QueueAnswers(check);
  const retryTtlMs = config.RETRY_TTL_MS;
  const policies = desiredPolicies({
    retryTtlMs,
    queueMaxBytes: queueMaxBytes(config),
    eventsMaxBytes: config.EVENTS_MAX_BYTES,
  });
  const roundMetrics = new RoundMetrics(metrics);
  const mover = new MessageMover(connections);
  const reconciler = new Reconciler({
    ...{ management, declarer, publisher, lease, queueSets, desired, ages, answers, policies, alarms, logger },
    ...{ announcer, losses, marks },
    users: createUsers(config, management, database, credentials, lease, logger),
    declaring: new Declaring(management, declarer, lease, ages, answers, policies, logger),
    replacing: new Replacing(management, marks, lease, logger),
    // Twice: what a reader rejected just before it left is home again by then.
    tidying: new Tidying(declarer, lease, new IdleQueues(2 * retryTtlMs), logger),
    moving: new Moving({ mover, declarer, lease, ages, metrics: roundMetrics, logger }),
    metrics: roundMetrics,
  });
  const { RECONCILE_MS: reconcileMs, BROKER_RETRY_FIRST_MS, CATALOGUE_POLL_MS: pollMs, LEASE_MS: leaseMs } = config;
  const retry = { firstMs: Math.min(1_000, BROKER_RETRY_FIRST_MS), maxMs: reconcileMs };
  const connection = connections.consume;
  return new ReconcileLoop(
    { reconciler, lease, catalogue, desired, queueSets, connection, metrics: roundMetrics, logger },
    { reconcileMs, pollMs, leaseMs, retry },
  );
}

function createWatch(
  config: TopologyConfig,
  logger: Logger,
  database: Database,
  connections: BrokerConnections,
  publisher: Publisher,
  management: ManagementClient,
  lease: ReconcileLease,
  queueSets: QueueSetRepository,
  announcer: TopologyAnnouncer,
  metrics: Metrics,
  alarms: Alarms,
  losses: LossRepository,
  marks: QueueMarkRepository,
): QueueWatch {
  const connection = connections.consume;
  const watchMetrics = new WatchMetrics(metrics);
  const repository = new QueueAlertRepository(database);
  const alerts = new QueueAlerts(
    { repository, lease, publisher, metrics: watchMetrics, logger },
    config.QUEUE_ALERT_AFTER_MS,
  );
  return new QueueWatch(
    {
      ...{ management, lease, queueSets, losses, marks, announcer, connection, alarms, alerts, logger },
      metrics: watchMetrics,
    },
    {
      lookMs: config.QUEUE_LOOK_MS,
      stopBytes: config.QUEUE_STOP_BYTES,
      resumeBytes: queueResumeBytes(config),
    },
  );
}

function createUsers(
  config: TopologyConfig,
  management: ManagementClient,
  database: Database,
  credentials: CrmCredentialUsers,
  lease: ReconcileLease,
  logger: Logger,
): BrokerUsers {
  const envelope = config.ENVELOPE_KEY
    ? SecretEnvelope.fromText(config.ENVELOPE_KEY)
    : SecretEnvelope.fromFile(config.ENVELOPE_KEY_FILE ?? '');
  const settings = {
    prefix: config.BROKER_USER_PREFIX,
    servicePasswords: {
      gateway: config.BROKER_GATEWAY_PASSWORD,
      ingest: config.BROKER_INGEST_PASSWORD,
      notify: config.BROKER_NOTIFY_PASSWORD,
      mail: config.BROKER_MAIL_PASSWORD,
      stats: config.BROKER_STATS_PASSWORD,
      mtt: config.BROKER_MTT_PASSWORD,
      forwarder: config.BROKER_FORWARDER_PASSWORD,
    },
  };
  const users = new BrokerUserRepository(database);
  return new BrokerUsers(management, users, credentials, envelope, lease, settings, logger);
}

const shared = [
  ...[ManagementClient, ReconcileLease, QueueSetRepository, TopologyAnnouncer, Metrics, Alarms],
  ...[LossRepository, QueueMarkRepository],
];

@Module({
  controllers: [TopologyController],
  providers: [
    ...infrastructure,
    ...crmAccessProviders,
    ...requestProviders,
    ...samplingProviders,
    provide(
      ReconcileLoop,
      [CONFIG, LOGGER, Database, BrokerConnections, Publisher, ...shared, CrmCredentialUsers],
      createLoop,
    ),
    provide(QueueWatch, [CONFIG, LOGGER, Database, BrokerConnections, Publisher, ...shared], createWatch),
    provide(
      TopologyReports,
      [QueueSetRepository, LossRepository, ManagementClient, Alarms],
      (queueSets: QueueSetRepository, losses: LossRepository, management: ManagementClient, alarms: Alarms) =>
        new TopologyReports(queueSets, losses, management, alarms),
    ),
    provide(
      TopologyRuntime,
      [
        ...[Database, BrokerConnections, Publisher, ConsumerSupervisor],
        ...[ReconcileLoop, QueueWatch, QueueSampler, ConsumerPauses, Alarms, HealthRegistry, LOGGER, Metrics],
      ],
      (
        database: Database,
        connections: BrokerConnections,
        publisher: Publisher,
        consumers: ConsumerSupervisor,
        loop: ReconcileLoop,
        watch: QueueWatch,
        sampler: QueueSampler,
        pauses: ConsumerPauses,
        alarms: Alarms,
        health: HealthRegistry,
        logger: Logger,
        metrics: Metrics,
      ) =>
        new TopologyRuntime({
          ...{ database, connections, publisher, consumers, loop, watch, sampler, pauses, alarms, health, logger },
          metrics,
        }),
    ),
  ],
})
export class ReconciliationModule {}
