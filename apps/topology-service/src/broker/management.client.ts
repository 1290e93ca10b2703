import { hashingAlgorithm } from '../users/password-hash';
import { ManagementAwayError } from './management-away.error';

export interface ManagementSettings {
  /** With user and password; a path before `/api` is kept. */
  url: string;
  /** Any name; encoded here. */
  vhost: string;
  /** Longest one call may take, ms. */
  timeoutMs: number;
}

export interface ListedQueue {
  name: string;
  /** Absent on brokers that do not say it in short listings. */
  type?: string;
  durable: boolean;
  arguments: Record<string, unknown>;
  /** Node that leads the quorum; empty when none does. */
  leader?: string;
  online?: string[];
  state?: string;
  policy?: string | null;
  messages?: number;
}

/** How one queue is doing, as of its last report: quorum queues make one every 5 s. What it has not reported yet is
 *  absent. `messages` also counts what waits for the next queue to confirm a dead letter. */
export interface QueueFigures {
  name: string;
  messages?: number;
  messages_ready?: number;
  messages_unacknowledged?: number;
  message_bytes?: number;
  consumers?: number;
  leader?: string;
  /** Totals since the broker started. */
  message_stats?: {
    publish?: number;
    deliver_get?: number;
    /** Those of readers who need not ack. */
    deliver_no_ack?: number;
    get_no_ack?: number;
    ack?: number;
    redeliver?: number;
  };
}

export interface ListedBinding {
  source: string;
  destination: string;
  destination_type: string;
  routing_key: string;
  arguments: Record<string, unknown>;
}

export interface ListedExchange {
  name: string;
  type: string;
  durable: boolean;
  arguments: Record<string, unknown>;
}

export interface ListedPolicy {
  name: string;
  pattern: string;
  priority: number;
  'apply-to': string;
  definition: Record<string, unknown>;
}

export interface ListedUser {
  name: string;
  password_hash: string;
  hashing_algorithm: string;
  /** A list since 3.9, a text with commas before. */
  tags: string[] | string;
}

export interface ListedTopicPermission {
  user: string;
  exchange: string;
  write: string;
}

export interface Permissions {
  configure: string;
  write: string;
  read: string;
}

const deleteTimeoutMs = 20_000;

const figureColumns = [
  ...['name', 'messages', 'messages_ready', 'messages_unacknowledged', 'message_bytes', 'consumers', 'leader'],
  ...['publish', 'deliver_get', 'deliver_no_ack', 'get_no_ack', 'ack', 'redeliver'].map(
    (total) => `message_stats.${total}`,
  ),
].join(',');

/** RabbitMQ's HTTP API for one vhost: each list once per round, each change by name. Every failure is a
 *  ManagementAwayError; what is gone already counts as deleted. */
export class ManagementClient {
  private readonly base: string;
  private readonly authorization: string;
  private readonly vhost: string;

  constructor(private readonly settings: ManagementSettings) {
    const url = new URL(settings.url);
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    this.authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    this.base = `${url.origin}${url.pathname.replace(/\/$/, '')}/api`;
    this.vhost = encodeURIComponent(settings.vhost);
  }

  async brokerVersion(): Promise<string> {
    const { rabbitmq_version: version } = await this.get<{ rabbitmq_version: string }>('/overview');
    return version;
  }

  /** Without the statistics: leader and policy are of this moment, `messages` lags by up to 5 s. */
  queues(): Promise<ListedQueue[]> {
    return this.get(`/queues/${this.vhost}?disable_stats=true&enable_queue_totals=true`);
  }

  /** One list for all queues, cut down to what is looked at. */
  figures(): Promise<QueueFigures[]> {
    return this.get(`/queues/${this.vhost}?columns=${figureColumns}`);
  }

  /** Whatever it holds, and also when its quorum answers nobody: then the broker tries for 5 s before it uses force, and
   *  gives up when the caller leaves earlier. */
  async deleteQueue(name: string): Promise<void> {
    await this.send('DELETE', `/queues/${this.vhost}/${encodeURIComponent(name)}`, undefined, deleteTimeoutMs);
  }

  bindings(): Promise<ListedBinding[]> {
    return this.get(`/bindings/${this.vhost}`);
  }

  exchanges(): Promise<ListedExchange[]> {
    return this.get(`/exchanges/${this.vhost}?columns=name,type,durable,arguments`);
  }

  policies(): Promise<ListedPolicy[]> {
    return this.get(`/policies/${this.vhost}`);
  }

  async putPolicy(name: string, policy: Omit<ListedPolicy, 'name'>): Promise<void> {
    await this.send('PUT', `/policies/${this.vhost}/${encodeURIComponent(name)}`, policy);
  }

  /** Users of the whole broker, not of the vhost. */
  users(): Promise<ListedUser[]> {
    return this.get('/users');
  }

  permissions(): Promise<(Permissions & { user: string })[]> {
    return this.get(`/vhosts/${this.vhost}/permissions`);
  }

  /** Creates the user or sets its password; it gets no tag, so it may not use this API. */
  async putUser(name: string, password: string): Promise<void> {
    await this.send('PUT', `/users/${encodeURIComponent(name)}`, { password, tags: '' });
  }

  /** As putUser, by a hash as `hashForBroker` makes it. */
  async putUserHash(name: string, passwordHash: string): Promise<void> {
    const user = { password_hash: passwordHash, hashing_algorithm: hashingAlgorithm, tags: '' };
    await this.send('PUT', `/users/${encodeURIComponent(name)}`, user);
  }

  /** Open ones of this moment, in all vhosts. The list of all connections is 5 s behind; this one is not. */
  async countConnections(user: string): Promise<number> {
    return (await this.get<unknown[]>(`/connections/username/${encodeURIComponent(user)}`)).length;
  }

  async closeConnections(user: string): Promise<void> {
    await this.send('DELETE', `/connections/username/${encodeURIComponent(user)}`);
  }

  async putPermissions(user: string, permissions: Permissions): Promise<void> {
    await this.send('PUT', `/permissions/${this.vhost}/${encodeURIComponent(user)}`, permissions);
  }

  topicPermissions(): Promise<ListedTopicPermission[]> {
    return this.get(`/vhosts/${this.vhost}/topic-permissions`);
  }

  /** Which routing keys the user may publish to the exchange with; without any entry for it: all. */
  async putTopicPermission(user: string, exchange: string, write: string): Promise<void> {
    const path = `/topic-permissions/${this.vhost}/${encodeURIComponent(user)}`;
    await this.send('PUT', path, { exchange, write, read: '.*' });
  }

  async deleteUser(name: string): Promise<void> {
    await this.send('DELETE', `/users/${encodeURIComponent(name)}`);
  }

  private async get<T>(path: string): Promise<T> {
    const text = await this.send('GET', path);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ManagementAwayError(`GET ${path}: the answer is no JSON`, { cause });
    }
  }

  private async send(
    method: string,
    path: string,
    body?: object,
    timeoutMs = this.settings.timeoutMs,
  ): Promise<string> {
    try {
      const response = await fetch(`${this.base}${path}`, {
        method,
        // A connection kept open would make a stopping broker wait for it.
        headers: { authorization: this.authorization, 'content-type': 'application/json', connection: 'close' },
        body: body && JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.ok || (method === 'DELETE' && response.status === 404)) return text;
      throw new ManagementAwayError(`${method} ${path}: status ${response.status}`);
    } catch (error) {
      if (error instanceof ManagementAwayError) throw error;
      throw new ManagementAwayError(`${method} ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/** fetch says "fetch failed" and keeps the reason one level down. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
};
