/** Types of index.mjs for tests written in TypeScript. */
export interface PrivateServer {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  readonly dir: string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  isRunning(): boolean;
  /** Any signal; SIGKILL by default. Waits for the end where the signal ends a process. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  stop(options?: { discard?: boolean }): Promise<void>;
  /** Back on the same data and ports. */
  restart(): Promise<this>;
}

export interface PostgresServer extends PrivateServer {
  readonly url: string;
  readonly port: number;
}

export interface RedisServer extends PrivateServer {
  readonly url: string;
  readonly port: number;
}

export interface RabbitServer extends PrivateServer {
  readonly amqpUrl: string;
  readonly managementUrl: string;
  readonly metricsUrl: string;
  readonly nodeName: string;
  readonly ports: RabbitPorts;
}

export interface RabbitPorts {
  amqp: number;
  management: number;
  prometheus: number;
  distribution: number;
  epmd: number;
}

export interface NamedServers {
  postgres?: { url: string } | null;
  rabbit?: { amqpUrl: string; managementUrl: string } | null;
  redis?: { url: string } | null;
}

interface StartOptions {
  dir: string;
  logDir?: string;
  signal?: AbortSignal;
}

export interface Servers {
  databaseUrl: string;
  amqpUrl: string;
  amqpManagementUrl: string;
  redisUrl: string;
  /** Folder of Postgres' data, null when that server is not ours. */
  dataDir: string | null;
  postgres: PostgresServer & { isPrivate: boolean };
  rabbit: RabbitServer & { isPrivate: boolean };
  redis: RedisServer & { isPrivate: boolean };
  stop(options?: { discard?: boolean }): Promise<void>;
}

export function startPostgres(
  options: StartOptions & { ports?: { postgres: number }; settings?: Record<string, string | number> },
): Promise<PostgresServer>;
export function startRabbit(
  options: StartOptions & { ports?: Partial<RabbitPorts>; extraConfig?: string[]; advancedConfig?: string },
): Promise<RabbitServer>;
export function startRedis(options: StartOptions & { ports?: { redis: number } }): Promise<RedisServer>;
export function startServers(
  options: StartOptions & {
    fresh?: boolean;
    named?: NamedServers;
    settings?: Partial<Record<'postgres' | 'rabbit' | 'redis', object>>;
    report?: (text: string) => void;
  },
): Promise<Servers>;
export function namedServers(env?: Record<string, string | undefined>): NamedServers;
export function wipeData(dir: string): Promise<void>;
export function endLeftOver(dir: string, options?: { discard?: boolean }): Promise<string[]>;
