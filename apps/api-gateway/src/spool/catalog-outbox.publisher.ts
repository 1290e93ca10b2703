import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { exchanges } from '@groundswell/contracts';
import type { OutgoingMessage, PublishResult } from '@groundswell/messaging';
import type { OutboxPublisher } from '@groundswell/persistence';
import type { IngestQueues } from './ingest-queues';

type PublishableMessage = Parameters<OutboxPublisher['publishAll']>[0][number];
type PublishedResult = Awaited<ReturnType<OutboxPublisher['publishAll']>>[number];

export interface DrainPace {
  /** Messages under way at once; the event loop gets a turn after each such portion. */
  portion: number;
  /** Upper bound over all portions of a batch. */
  messagesPerSecond: number;
}

export const defaultDrainPace: DrainPace = { portion: 50, messagesPerSecond: 4_000 };

/**
 * What the one relay of schema catalog publishes through. Spool rows (exchange `ingest`) are held back until
 * topology-service has confirmed the system queues. A long backlog goes out in portions at a bounded speed, so signing
 * goes on beside it, and stops at the first fault of the surroundings instead of waiting for each message to time out.
 */
export class CatalogOutboxPublisher implements OutboxPublisher {
  constructor(
    private readonly publisher: { publish(message: OutgoingMessage): Promise<PublishResult> },
    private readonly queues: Pick<IngestQueues, 'isSystemConfirmed'>,
    private readonly pace: DrainPace = defaultDrainPace,
  ) {}

  async publishAll(messages: PublishableMessage[]): Promise<PublishedResult[]> {
    const results: PublishedResult[] = [];
    const startedAt = performance.now();
    while (results.length < messages.length) {
      const portion = messages.slice(results.length, results.length + this.pace.portion);
      const answers = await Promise.all(portion.map((message) => this.publishOne(message)));
      results.push(...answers);
      if (results.length === messages.length) break;
      const fault = answers.find((answer) => answer.status === 'unavailable');
      if (fault) return messages.map((_message, index) => results[index] ?? fault);
      const dueAt = startedAt + (results.length * 1_000) / this.pace.messagesPerSecond;
      const restMs = Math.ceil(dueAt - performance.now());
      await (restMs > 0 ? pause(restMs) : nextTurn());
    }
    return results;
  }

  private publishOne(message: PublishableMessage): Promise<PublishedResult> {
    if (message.exchange === exchanges.ingest && !this.queues.isSystemConfirmed) {
      return Promise.resolve({ status: 'unavailable', reason: 'queues not confirmed' });
    }
    return this.publisher.publish(message);
  }
}
