import { currentTrace, type Trace } from '@groundswell/observability';
import type { Database } from '../src/database';
import {
  OutboxRelay,
  type LaneGate,
  type LaneVerdict,
  type OutboxPublisher,
  type PublishableMessage,
  type PublishedResult,
  type RelaySettings,
} from '../src/outbox/outbox-relay';
import type { OutboxMessage, OutboxRepository } from '../src/outbox/outbox.repository';
import { recordingLogger } from './use-database';

/** Confirms everything, unless told otherwise; can be held up, and throws on demand. */
export class FakePublisher implements OutboxPublisher {
  readonly published: PublishableMessage[] = [];
  /** The trace each call came in. */
  readonly publishedIn: (Trace | undefined)[] = [];
  answer: (message: PublishableMessage) => PublishedResult = () => ({ status: 'confirmed' });
  failure: Error | null = null;
  private held: Promise<void> | null = null;
  private letGo: () => void = () => undefined;

  async publishAll(messages: PublishableMessage[]): Promise<PublishedResult[]> {
    if (this.failure) throw this.failure;
    this.published.push(...messages);
    this.publishedIn.push(currentTrace());
    if (this.held) await this.held;
    return messages.map((message) => this.answer(message));
  }

  /** No answer until `release`. */
  hold(): void {
    this.held = new Promise((resolve) => (this.letGo = resolve));
  }
  release(): void {
    this.held = null;
    this.letGo();
  }

  get messageIds(): string[] {
    return this.published.map(({ messageId }) => messageId);
  }
}

/** Every lane open and every message expected, unless told otherwise. */
export class FakeGate implements LaneGate {
  readonly closed = new Set<number>();
  /** How often it was asked about a closed lane. */
  asked = 0;
  readers: (message: OutboxMessage) => ReturnType<LaneGate['reader']> = () => 'expected';

  lane(lane: number): LaneVerdict {
    if (!this.closed.has(lane)) return 'open';
    this.asked += 1;
    return 'closed';
  }
  reader(message: OutboxMessage): ReturnType<LaneGate['reader']> {
    return this.readers(message);
  }
}

/** A relay with its fakes; polls every 20 ms and backs off for 20 to 100 ms unless told otherwise. */
export function aRelay(database: Database, outbox: OutboxRepository, settings: Partial<RelaySettings> = {}) {
  const publisher = new FakePublisher();
  const gate = new FakeGate();
  const logger = recordingLogger();
  const counts: Record<string, number> = {};
  const metrics = { rows: (outcome: string, count: number) => void (counts[outcome] = (counts[outcome] ?? 0) + count) };
  const relaySettings = {
    pollMs: 20,
    batchSize: 10,
    batchBytes: 1_000_000,
    unconfirmedPerLane: 100,
    memoryLimit: 20,
    memoryBytes: 1_000_000,
    lanesAtOnce: 4,
    roundsPerTurn: 4,
    firstBackoffMs: 20,
    longestBackoffMs: 100,
    ...settings,
  };
  const relay = new OutboxRelay(database, outbox, publisher, gate, logger, relaySettings, metrics);
  return { relay, publisher, gate, logger, counts };
}
