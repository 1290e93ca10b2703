import type { DynamicModule } from '@nestjs/common';
import { brokerTlsOf, daemonDelayOf, type BrokerTlsConfig, type DaemonConfig } from '@groundswell/config';
import { MessagingModule, prometheusMetrics, type ConsumerDefinition } from '@groundswell/messaging';
import { HealthModule, noTelemetry, TelemetryModule } from '@groundswell/observability';
import {
  Database,
  isDatabaseFault,
  ParkedRepository,
  type DataSourceSettings,
  type OwnedSchema,
  type TopologyGateSettings,
} from '@groundswell/persistence';
import { operationConsumer } from './operations/answer-operations.handler';
import { OperationsModule } from './operations/operations.module';
import { RuntimeModule } from './runtime.module';
import type { Runtime } from './runtime';
import { ServiceDatabaseModule } from './service-database.module';
import { serviceJobs, type ServiceJobs } from './service-jobs';
import { ServiceOutboxModule } from './service-outbox.module';
import { telemetryOf, type TelemetryConfig } from './telemetry';

/** What the parts below take from a service's configuration. */
export interface ServiceConfig extends TelemetryConfig, BrokerTlsConfig, DaemonConfig {
  DATABASE_URL: string;
  DATABASE_POOL_SIZE: number;
  RECONNECT_FIRST_MS: number;
  RECONNECT_LONGEST_MS: number;
  REPLICA_ID: string;
}

export interface ServiceParts {
  /** As it is called in queues, logs and connections. */
  name: string;
  /** The schema it owns: its outbox, parked messages and leases. */
  schema: OwnedSchema;
  /** The app's consumers table. */
  consumers: readonly ConsumerDefinition[];
  database?: Pick<DataSourceSettings, 'lockTimeoutMs' | 'avoidFullScans'>;
  /** Which queues orgs have; needed only where something is published for orgs. */
  topology?: TopologyGateSettings;
  /** Left out by services that run none. */
  jobs?: ServiceJobs;
}

/**
 * What every service stands on, all of it global: logger, health and metrics endpoints, database and catalogue, consumers and
 * publisher, outbox with relay and task scheduler, jobs, what operators may have done. First in the imports of its AppModule, the features after it.
 */
export function serviceModules(
  runtime: Runtime<ServiceConfig>,
  { name, schema, consumers, database, topology = { aliasByDefault: false }, jobs }: ServiceParts,
): DynamicModule[] {
  const { config, logger, health, metrics, telemetry = noTelemetry } = runtime;
  const connection = { url: config.DATABASE_URL, applicationName: name, poolSize: config.DATABASE_POOL_SIZE };
  return [
    TelemetryModule.forRoot(telemetry),
    RuntimeModule.forRoot(logger),
    HealthModule.forRoot({ health, metrics, telemetry: telemetryOf(config, logger) }),
    ServiceDatabaseModule.forRoot({ ...connection, ...database }, logger),
    MessagingModule.forRootAsync({
      inject: [Database],
      useFactory: (opened: Database) => ({
        urls: config.AMQP_URL,
        tls: brokerTlsOf(config),
        serviceName: name,
        reconnect: { firstMs: config.RECONNECT_FIRST_MS, maxMs: config.RECONNECT_LONGEST_MS },
        logger,
        metrics: prometheusMetrics(metrics),
        tracing: telemetry.tracing,
        consumers: [...consumers, operationConsumer(name)],
        consuming: parkedIn(new ParkedRepository(opened, schema)),
      }),
    }),
    ServiceOutboxModule.forRoot({
      schema,
      replicaId: config.REPLICA_ID,
      topology,
      taskDelayMs: daemonDelayOf(config),
    }),
    ...(jobs ? [serviceJobs(runtime, schema, jobs)] : []),
    OperationsModule.forRoot({ schema, jobTypes: jobs?.types.map(({ name: type }) => type) ?? [] }),
  ];
}

const parkedIn = (parked: ParkedRepository) => ({ parking: parked, attempts: parked, isTransient: isDatabaseFault });
