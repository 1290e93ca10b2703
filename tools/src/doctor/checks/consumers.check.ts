import { systemQueues } from '@groundswell/contracts';
import { ownedSchemas } from '@groundswell/persistence';
import { fault, notice, type Check, type Finding, type Look } from '../check';
import type { BrokerQueue } from '../sources/broker';
import type { Sources } from '../sources/sources';
import { queueSets, systemScope } from './queue-sets';

/** Read by nobody of ours: by whoever likes, by time, by our own probe. */
const withoutReader = new Set<string>([systemQueues.events, systemQueues.retry, systemQueues.probe]);

/** Every schema but that of the gateway, which reads queues of its own alone. */
const pauses = ownedSchemas
  .filter((schema) => schema !== 'catalog')
  .map((schema) => `select queue from ${schema}.consumer_pauses`)
  .join(' union all ');

/** What a queue held and had given away at one look. */
interface Seen {
  passed: number;
  messages: number;
}

/** Queues of our own services are read, and what is in them moves. Knows the look before. */
export class ConsumersCheck implements Check {
  readonly id = 'consumers';
  readonly title = 'queues of our services are read, and move';
  readonly settles = true;
  private seen = new Map<string, Seen>();

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const system = (await queueSets(database)).find(({ scope }) => scope === systemScope);
    const ours = new Set(system?.queues.filter((name) => !withoutReader.has(name)));
    const queues = (await sources.broker().queues()).filter(({ name }) => ours.has(name));
    const paused = new Set((await database.query<{ queue: string }>(pauses)).map(({ queue }) => queue));
    const findings = queues.flatMap((queue) => {
      if (paused.has(queue.name)) return [notice(queue.name, `is paused, ${queue.messages ?? 0} messages wait`)];
      return this.judge(queue);
    });
    this.seen = new Map(queues.map((queue) => [queue.name, seenOf(queue)]));
    return {
      findings,
      figures: { queues: queues.length, messages: queues.reduce((sum, { messages = 0 }) => sum + messages, 0) },
    };
  }

  private judge(queue: BrokerQueue): Finding[] {
    const {
      name,
      messages = 0,
      messages_ready: ready = 0,
      messages_unacknowledged: unacked = 0,
      consumers = 0,
    } = queue;
    const before = this.seen.get(name);
    const now = seenOf(queue);
    const hasMoved = before !== undefined && (now.passed > before.passed || now.messages < before.messages);
    if (messages > ready + unacked && !hasMoved) {
      return [fault(name, `${messages - ready - unacked} messages are neither ready nor with a reader`)];
    }
    if (ready > 0 && consumers === 0) return [fault(name, `${ready} messages wait and nobody reads`)];
    if (messages > 0 && !hasMoved) {
      return [fault(name, `${consumers} read it, and none of its messages moves: ${ready} ready, ${unacked} in hand`)];
    }
    return [];
  }
}

const seenOf = ({ messages = 0, message_stats: stats }: BrokerQueue): Seen => ({
  passed: (stats?.ack ?? 0) + (stats?.deliver_no_ack ?? 0) + (stats?.get_no_ack ?? 0),
  messages,
});
