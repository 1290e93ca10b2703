const answerTimeoutMs = 20_000;

/** A queue as the management API lists it; what it has not reported yet is absent. */
export interface BrokerQueue {
  name: string;
  type?: string;
  policy?: string | null;
  leader?: string;
  members?: string[];
  online?: string[];
  state?: string;
  messages?: number;
  messages_ready?: number;
  messages_unacknowledged?: number;
  consumers?: number;
  /** Totals since the broker started. */
  message_stats?: { ack?: number; deliver_no_ack?: number; get_no_ack?: number };
}

export interface BrokerBinding {
  source: string;
  destination: string;
  destination_type: string;
  routing_key: string;
}

export interface BrokerNode {
  name: string;
  running: boolean;
  mem_alarm?: boolean;
  disk_free_alarm?: boolean;
  partitions?: string[];
}

const queueColumns = [
  ...['name', 'type', 'policy', 'leader', 'members', 'online', 'state'],
  ...['messages', 'messages_ready', 'messages_unacknowledged', 'consumers'],
  ...['ack', 'deliver_no_ack', 'get_no_ack'].map((total) => `message_stats.${total}`),
].join(',');

/** RabbitMQ's HTTP API, GET only. Each list is kept until `forget`. */
export class DoctorBroker {
  private readonly base: string;
  private readonly authorization: string;
  private readonly vhost: string;
  private lists = new Map<string, Promise<unknown>>();

  constructor(url: string, vhost: string) {
    const { username, password, origin, pathname } = new URL(url);
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    this.base = `${origin}${pathname.replace(/\/$/, '')}/api`;
    this.vhost = encodeURIComponent(vhost);
  }

  /** Their figures are up to 5 s old. */
  queues(): Promise<BrokerQueue[]> {
    return this.list(`/queues/${this.vhost}?columns=${queueColumns}`);
  }

  bindings(): Promise<BrokerBinding[]> {
    return this.list(`/bindings/${this.vhost}`);
  }

  exchanges(): Promise<{ name: string; type: string }[]> {
    return this.list(`/exchanges/${this.vhost}?columns=name,type`);
  }

  nodes(): Promise<BrokerNode[]> {
    return this.list('/nodes');
  }

  /** The Date header of an answer, ms since 1970, whole seconds; null where a proxy took it away. */
  async clock(): Promise<number | null> {
    const { headers } = await this.send('/whoami');
    return Date.parse(headers.get('date') ?? '') || null;
  }

  forget(): void {
    this.lists = new Map();
  }

  private list<T>(path: string): Promise<T> {
    const known = this.lists.get(path) as Promise<T> | undefined;
    if (known) return known;
    const asked = this.send(path).then((response) => response.json() as Promise<T>);
    this.lists.set(path, asked);
    return asked;
  }

  private async send(path: string): Promise<Response> {
    const response = await fetch(`${this.base}${path}`, {
      headers: { authorization: this.authorization },
      redirect: 'error',
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    if (!response.ok) throw new Error(`the broker's management API answers ${response.status} to ${path}`);
    return response;
  }
}
