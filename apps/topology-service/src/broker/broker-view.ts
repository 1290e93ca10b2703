import type { Binding } from '@groundswell/contracts';
import type { ListedBinding, ListedExchange, ListedPolicy, ListedQueue, ManagementClient } from './management.client';

/** A binding as it is on the broker; ours have no arguments. */
export interface FoundBinding extends Binding {
  /** As `bindingId` makes it. */
  id: string;
  arguments: Record<string, unknown>;
}

/** What the broker has at one moment, indexed for looking up. */
export class BrokerView {
  readonly queues: ReadonlyMap<string, ListedQueue>;
  readonly exchanges: ReadonlyMap<string, ListedExchange>;
  readonly policies: ReadonlyMap<string, ListedPolicy>;
  private readonly byQueue = new Map<string, FoundBinding[]>();
  private readonly found = new Set<string>();

  constructor(lists: {
    queues: ListedQueue[];
    bindings: ListedBinding[];
    exchanges: ListedExchange[];
    policies: ListedPolicy[];
  }) {
    this.queues = new Map(lists.queues.map((queue) => [queue.name, queue]));
    this.exchanges = new Map(lists.exchanges.map((exchange) => [exchange.name, exchange]));
    this.policies = new Map(lists.policies.map((policy) => [policy.name, policy]));
    for (const listed of lists.bindings) {
      if (listed.source !== '' && listed.destination_type === 'queue') this.add(listed);
    }
  }

  static async read(management: ManagementClient): Promise<BrokerView> {
    const [queues, bindings, exchanges, policies] = await Promise.all([
      management.queues(),
      management.bindings(),
      management.exchanges(),
      management.policies(),
    ]);
    return new BrokerView({ queues, bindings, exchanges, policies });
  }

  has(binding: Binding): boolean {
    return this.found.has(bindingId(binding));
  }

  /** Without the one that every queue has to the default exchange. */
  bindingsOf(queue: string): readonly FoundBinding[] {
    return this.byQueue.get(queue) ?? [];
  }

  private add({ source, destination, routing_key, arguments: args }: ListedBinding): void {
    const path = { exchange: source, queue: destination, key: routing_key };
    const binding = { ...path, id: bindingId(path), arguments: args };
    const others = this.byQueue.get(destination);
    if (others) others.push(binding);
    else this.byQueue.set(destination, [binding]);
    if (Object.keys(args).length === 0) this.found.add(binding.id);
  }
}

/** One text per binding. Names hold no control characters. */
export const bindingId = ({ exchange, queue, key }: Binding): string => `${exchange}\n${queue}\n${key}`;

/** A queue nobody leads takes and gives nothing. Brokers that list no leader say it by their state. */
export const hasLeader = ({ leader, online, state }: ListedQueue): boolean =>
  leader === undefined ? state === 'running' : leader !== '' && (online === undefined || online.includes(leader));
