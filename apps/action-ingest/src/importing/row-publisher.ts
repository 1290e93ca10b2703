import { setTimeout as sleep } from 'node:timers/promises';
import { exchanges, ingestKey } from '@groundswell/contracts';
import { TransientError, type OutgoingMessage, type PublishResult } from '@groundswell/messaging';
import type { BuiltSubmission } from '@groundswell/submissions';
import type { PartitionRoom } from './partition-room';

export interface RowPublisherOptions {
  publisher: { publishAll(messages: readonly OutgoingMessage[]): Promise<PublishResult[]> };
  /** Whether the ingest queues exist for us (design.md §4). */
  queues: { readonly isSystemConfirmed: boolean };
  room: Pick<PartitionRoom, 'take'>;
  /** Of this process, at most. */
  rowsPerSecond: number;
}

/** Rows that leave nothing behind cost reading alone, which others must not feel either. */
const timesAsFast = 10;

/**
 * Publishes rows as the gateway publishes signatures, but behind them: at a pace that leaves the machine to people, and into partitions
 * with room only.
 */
export class RowPublisher {
  private freeAt = 0;

  constructor(private readonly options: RowPublisherOptions) {}

  /** Resolves when all are confirmed. Throws TransientError otherwise: those that got there are known by their ids. */
  async publish(rows: readonly BuiltSubmission[], signal: AbortSignal): Promise<void> {
    if (rows.length === 0) return;
    const { publisher, queues, room } = this.options;
    if (!queues.isSystemConfirmed) throw new TransientError('the ingest queues are not confirmed');
    await this.waitForTurn(rows.length, signal);
    const wanted = new Map<number, number>();
    for (const { partition } of rows) wanted.set(partition, (wanted.get(partition) ?? 0) + 1);
    await room.take(wanted, signal);
    const results = await publisher.publishAll(rows.map(toMessage));
    const missed = results.find(({ status }) => status !== 'confirmed');
    if (missed) throw new TransientError(`imported rows were not taken by the broker: ${missed.status}`);
  }

  /** Rows that are not published: refused, or only tried. */
  async pass(count: number, signal: AbortSignal): Promise<void> {
    if (count > 0) await this.waitForTurn(count / timesAsFast, signal);
  }

  private async waitForTurn(count: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.freeAt);
    this.freeAt = at + (count * 1_000) / this.options.rowsPerSecond;
    if (at > now) await sleep(at - now, undefined, { signal });
  }
}

const toMessage = ({ submission, json, partition }: BuiltSubmission): OutgoingMessage => ({
  exchange: exchanges.ingest,
  routingKey: ingestKey(partition),
  body: json,
  messageId: submission.id,
  type: submission.schema,
  timestamp: new Date(submission.acceptedAt),
  mandatory: true,
  persistent: true,
});
