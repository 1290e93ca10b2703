/** Types of fleet.mjs for tests written in TypeScript. */
export const DEVELOPMENT_FINGERPRINT_SEED: string;

export type ServiceName =
  | 'topology-service'
  | 'action-ingest'
  | 'notify-service'
  | 'email-delivery'
  | 'stats-service'
  | 'mtt-service'
  | 'crm-forwarder'
  | 'api-gateway';

export type FleetRole =
  'gs_gateway' | 'gs_ingest' | 'gs_topology' | 'gs_notify' | 'gs_mail' | 'gs_stats' | 'gs_mtt' | 'gs_forwarder';

export type FleetBrokerUser = 'gateway' | 'ingest' | 'notify' | 'mail' | 'stats' | 'mtt' | 'forwarder';

export interface FleetMember {
  name: ServiceName;
  databaseRole: string;
  brokerUser: string | null;
  preferredPort?: number;
}

export interface InfraUrls {
  databaseUrl: string;
  amqpUrl: string;
  amqpManagementUrl: string;
  redisUrl: string;
  /** Variables (OBJECT_STORE_…) of the services that keep objects. */
  objectStore?: Record<string, string>;
}

export interface FleetSecrets {
  roles: Record<FleetRole, string>;
  broker: Record<FleetBrokerUser, string>;
  envelopeKey: string;
  /** Key of the local object store. */
  objectStoreKey?: { id: string; secret: string };
}

export interface Service {
  readonly name: ServiceName;
  readonly as: string;
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly log: string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  isRunning(): boolean;
  ready(options?: { deadlineMs?: number; signal?: AbortSignal }): Promise<true>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  stop(options?: { graceMs?: number }): Promise<'gone' | 'stopped' | 'killed'>;
  restart(changes?: Record<string, string>): Promise<Service>;
}

export interface ServiceOptions {
  env: Record<string, string>;
  logDir?: string;
  pidDir?: string;
  port?: number;
  as?: string;
}

export const fleet: readonly FleetMember[];
export function loadSecrets(dir?: string): FleetSecrets;
export function migrationEnv(infra: InfraUrls, secrets: FleetSecrets): Record<string, string>;
export function serviceEnv(name: ServiceName, infra: InfraUrls, secrets: FleetSecrets): Record<string, string>;
export function inheritedEnv(): Record<string, string>;
export function startService(name: ServiceName, options: ServiceOptions): Promise<Service>;
