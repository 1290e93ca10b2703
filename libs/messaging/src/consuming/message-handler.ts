import type { Envelope } from './envelope';
import type { Outcome } from './outcome';

/** Handles one message. It may come twice and out of order, and must end in the same state all the same. */
export interface MessageHandler<T> {
  handle(message: T, envelope: Envelope): Promise<Outcome>;
}

export interface BatchItem<T> {
  message: T;
  envelope: Envelope;
}

/** Handles many messages at once, possibly of several queues. One outcome per message, in the same order. A throw is about
 *  the whole batch: none of it may have taken effect, or all of it must be safe to run again. */
export interface BatchHandler<T> {
  handleBatch(items: BatchItem<T>[]): Promise<Outcome[]>;
}
