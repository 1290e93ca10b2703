import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerConnections } from '../src/connection/broker-connections';
import type { AttemptCounts, AttemptStore } from '../src/consuming/attempt-store';
import { ConsumerSupervisor } from '../src/consuming/consumer-supervisor';
import type { BatchItem } from '../src/consuming/message-handler';
import { done } from '../src/consuming/outcome';

/** A service to be killed: `node mortal-process <amqpUrl> <queue> <folder>`. What it must remember it appends to files in the
 *  folder, which survive it. Prints "busy" when a batch begins. */
const [amqpUrl = '', queue = '', folder = ''] = process.argv.slice(2);
const append = (file: string, ids: readonly unknown[]): void =>
  appendFileSync(join(folder, file), ids.map((id) => `${String(id)}\n`).join(''));

class FileAttemptStore implements AttemptStore {
  private readonly counts = new Map<string, AttemptCounts>();

  constructor() {
    const file = join(folder, 'attempts');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    for (const line of lines) this.apply(line);
  }

  async note(_queue: string, ids: readonly string[], mode: 'group' | 'alone'): Promise<Map<string, AttemptCounts>> {
    this.keep(ids.map((id) => `${mode} ${id}`));
    return new Map(ids.map((id) => [id, this.counts.get(id) ?? { group: 0, alone: 0 }]));
  }

  async forget(_queue: string, ids: readonly string[]): Promise<void> {
    this.keep(ids.map((id) => `forget ${id}`));
  }

  private keep(lines: string[]): void {
    append('attempts', lines);
    for (const line of lines) this.apply(line);
  }

  private apply(line: string): void {
    const [what, id = ''] = line.split(' ');
    if (what === 'forget') this.counts.delete(id);
    else if (what === 'group' || what === 'alone') {
      const before = this.counts.get(id) ?? { group: 0, alone: 0 };
      this.counts.set(id, { ...before, [what]: before[what] + 1 });
    }
  }
}

const connections = new BrokerConnections({ serviceName: 'mortal', urls: amqpUrl });
const supervisor = new ConsumerSupervisor({
  connection: connections.consume,
  attempts: new FileAttemptStore(),
  suspectPausesMs: [100, 500, 2_000],
  parking: {
    async park(rows) {
      append(
        'parked',
        rows.map(({ messageId }) => messageId),
      );
    },
  },
});
supervisor.register(
  { id: 'mortal', contract: { parse: (value) => value as { n: number } }, kind: 'batch', queues: [queue] },
  {
    async handleBatch(items: BatchItem<{ n: number }>[]) {
      process.stdout.write('busy\n');
      await sleep(20 + items.length);
      append(
        'handled',
        items.map(({ envelope }) => envelope.messageId),
      );
      return items.map(() => done());
    },
  },
);
connections.start();
supervisor.start();
