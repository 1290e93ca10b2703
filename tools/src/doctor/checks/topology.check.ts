import { exchanges } from '@groundswell/contracts';
import { fault, type Check, type Finding, type Look } from '../check';
import type { BrokerBinding, BrokerQueue } from '../sources/broker';
import type { Sources } from '../sources/sources';
import { queueSets, systemScope, type QueueSetRow } from './queue-sets';

/** Policies of ours are called so; exactly one applies to a queue, and each carries all that a queue needs (design.md §4). */
const ownPolicy = /^groundswell-/;

const orgsWithoutQueues = `
select o.id::int as id from catalog.orgs o
 where o.deleted_at is null and not exists (select from topology.queue_sets s where s.scope = 'org:' || o.id) order by o.id`;

export interface BrokerLists {
  queues: readonly BrokerQueue[];
  bindings: readonly BrokerBinding[];
  exchanges: readonly { name: string }[];
}

/** What topology-service has confirmed is on the broker: a topic publish is confirmed also where nobody is bound (design.md §4). */
export class TopologyCheck implements Check {
  readonly id = 'topology';
  readonly title = 'every exchange, queue, binding and policy is there';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const broker = sources.broker();
    const sets = await queueSets(database);
    const orgs = await database.query<{ id: number }>(orgsWithoutQueues);
    const lists = {
      queues: await broker.queues(),
      bindings: await broker.bindings(),
      exchanges: await broker.exchanges(),
    };
    return {
      findings: [
        ...(sets.some(({ scope }) => scope === systemScope)
          ? []
          : [fault(systemScope, 'topology-service has never run')]),
        ...orgs.map(({ id }) => fault(`org:${id}`, 'topology-service has not heard of it')),
        ...topologyFindings(sets, lists),
      ],
      figures: { scopes: sets.length, bindings: sets.reduce((sum, { bindings }) => sum + bindings.length, 0) },
    };
  }
}

export function topologyFindings(sets: readonly QueueSetRow[], lists: BrokerLists): Finding[] {
  const queues = new Map(lists.queues.map((queue) => [queue.name, queue]));
  const bound = new Set(lists.bindings.map((one) => `${one.source}\n${one.destination}\n${one.routing_key}`));
  const known = new Set(lists.exchanges.map(({ name }) => name));
  const findings = Object.values(exchanges)
    .filter((name) => !known.has(name))
    .map((name) => fault(`exchange ${name}`, 'is not on the broker'));
  for (const { scope, state, detail, isFull, queues: wanted, bindings } of sets) {
    if (state !== 'confirmed') findings.push(fault(scope, `is ${state}${detail === null ? '' : `: ${detail}`}`));
    if (isFull) findings.push(fault(`${scope} is full`, 'nothing is published for it until somebody reads'));
    for (const name of wanted) {
      const queue = queues.get(name);
      if (!queue) findings.push(fault(name, 'this queue is not on the broker'));
      else if (queue.policy !== undefined && !ownPolicy.test(queue.policy ?? '')) {
        findings.push(fault(name, `is under policy "${queue.policy ?? 'none'}", which is not ours`));
      }
    }
    for (const { exchange, queue, key } of bindings) {
      if (!bound.has(`${exchange}\n${queue}\n${key}`)) {
        findings.push(fault(`${exchange} ${key} → ${queue}`, 'this binding is not on the broker'));
      }
    }
  }
  return findings;
}
