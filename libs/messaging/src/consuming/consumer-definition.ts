/** Checks a parsed body and gives it its type; throws when it does not fit. A zod schema is one. */
export interface Contract<T> {
  parse(value: unknown): T;
}

/** One line of an app's `consumers.ts`. */
export interface ConsumerDefinition<T = unknown> {
  /** Names the consumer in code, logs and metrics; never a queue name. */
  id: string;
  contract: Contract<T>;
  /** batch: the handler gets arrays. single: it gets one message at a time. */
  kind: 'single' | 'batch';
  /** What the contract gets: parsed JSON, or a Buffer with the body as it came. Default json. */
  format?: 'json' | 'bytes';
  /** Queues consumed from the start. Left out for consumers whose queues come and go: see ConsumerSupervisor.setQueues. */
  queues?: readonly string[];
  /** Messages taken at a time. Default 500 for batch, 10 for single. Prefetch is twice this over all queues together, less
   *  while messages are large. */
  batchSize?: number;
  /** An incomplete batch goes once nothing more came for this long, or after four times that. Default 5; 0 = at once. */
  batchWaitMs?: number;
  /** Batches running at once. A queue's messages are in one batch at a time. Default 1. */
  lanes?: number;
  /** Bytes of bodies in one batch; one larger message still goes alone. A batch in hand takes many times that. Default
   *  1 MiB. */
  maxBatchBytes?: number;
  /** Bytes of bodies unacked at once, about: prefetch is lowered while messages are so large that more would come. Default
   *  4 MiB. */
  maxPrefetchBytes?: number;
}

export interface ConsumerSettings {
  id: string;
  kind: 'single' | 'batch';
  format: 'json' | 'bytes';
  batchSize: number;
  batchWaitMs: number;
  lanes: number;
  maxBatchBytes: number;
  maxPrefetchBytes: number;
}

export const settingsOf = <T>(definition: ConsumerDefinition<T>): ConsumerSettings => ({
  id: definition.id,
  kind: definition.kind,
  format: definition.format ?? 'json',
  batchSize: definition.batchSize ?? (definition.kind === 'batch' ? 500 : 10),
  batchWaitMs: definition.batchWaitMs ?? 5,
  lanes: definition.lanes ?? 1,
  maxBatchBytes: definition.maxBatchBytes ?? 1024 * 1024,
  maxPrefetchBytes: definition.maxPrefetchBytes ?? 4 * 1024 * 1024,
});

/** Each queue's part of the prefetch by count. AMQP counts prefetch in 16 bits. */
export const prefetchShare = (batchSize: number, queueCount: number): number =>
  Math.min(65_535, Math.max(1, Math.floor((2 * batchSize) / Math.max(1, queueCount))));
