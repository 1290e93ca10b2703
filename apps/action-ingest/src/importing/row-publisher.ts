import { setImmediate as afterOthers, setTimeout as sleep } from 'node:timers/promises';
import { exchanges, ingestKey } from '@groundswell/contracts';
import { TransientError, type OutgoingMessage, type PublishResult } from '@groundswell/messaging';
import type { BuiltSubmission } from '@groundswell/submissions';
import type { PartitionRoom } from './partition-room';
import { rowHeaders, type SigningWatch } from './signing-watch';

export interface RowPublisherOptions {
  publisher: { publishAll(messages: readonly OutgoingMessage[]): Promise<PublishResult[]> };
  /** Whether the ingest queues exist for us (design.md §4). */
  queues: { readonly isSystemConfirmed: boolean };
  room: Pick<PartitionRoom, 'take'>;
  people: Pick<SigningWatch, 'isSomebodyThere'>;
  /** Of this process, at most: while nobody acts, and beside people. */
  rowsPerSecond: number;
  rowsPerSecondBesidePeople: number;
}

/** What is built, or published, at once: each group is one batch of action-ingest's or two, and people wait behind it. */
const groupRows = 20;
const groupRowsBesidePeople = 5;
/** Between two groups that are built beside people, ms. */
const buildingPauseMs = 10;

/** Rows that leave nothing behind cost reading alone, which others must not feel either. */
const timesAsFast = 10;

/**
 * Publishes rows as the gateway publishes signatures, but behind them: at a pace that leaves the machine to people, and into partitions
 * with room only.
 */
export class RowPublisher {
  private freeAt = 0;

  constructor(private readonly options: RowPublisherOptions) {}

  /** How many rows to build before `breathe()`. */
  get groupRows(): number {
    return this.options.people.isSomebodyThere ? groupRowsBesidePeople : groupRows;
  }

  /** Leaves process and processor to others between two groups that are built. */
  async breathe(signal: AbortSignal): Promise<void> {
    if (this.options.people.isSomebodyThere) await sleep(buildingPauseMs, undefined, { signal });
    else await afterOthers();
  }

  /** Resolves when all are confirmed. Throws TransientError otherwise: those that got there are known by their ids. */
  async publish(rows: readonly BuiltSubmission[], signal: AbortSignal): Promise<void> {
    let rest = rows;
    while (rest.length > 0) {
      signal.throwIfAborted();
      const count = this.groupRows;
      await this.publishGroup(rest.slice(0, count), signal);
      rest = rest.slice(count);
    }
  }

  private async publishGroup(rows: readonly BuiltSubmission[], signal: AbortSignal): Promise<void> {
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

  private get pace(): number {
    const { people, rowsPerSecond, rowsPerSecondBesidePeople } = this.options;
    return people.isSomebodyThere ? Math.min(rowsPerSecondBesidePeople, rowsPerSecond) : rowsPerSecond;
  }

  private async waitForTurn(count: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.freeAt);
    this.freeAt = at + (count * 1_000) / this.pace;
    if (at > now) await sleep(at - now, undefined, { signal });
  }
}

const toMessage = ({ submission, json, partition }: BuiltSubmission): OutgoingMessage => ({
  exchange: exchanges.ingest,
  routingKey: ingestKey(partition),
  body: json,
  messageId: submission.id,
  type: submission.schema,
  headers: rowHeaders,
  timestamp: new Date(submission.acceptedAt),
  mandatory: true,
  persistent: true,
});
