import { noTracing, type Tracing } from '@groundswell/observability';
import type { BackoffOptions } from '../backoff';
import type { RabbitConnection } from '../connection/rabbit-connection';
import { type Logger, silentLogger } from '../logger';
import type { MessagingMetrics } from '../metrics';
import { isTransient } from '../transient.error';
import { AttemptLedger } from './attempt-ledger';
import type { AttemptStore } from './attempt-store';
import { Consumer, type ConsumerState } from './consumer';
import type { ConsumerDefinition } from './consumer-definition';
import type { BatchHandler, BatchItem, MessageHandler } from './message-handler';
import type { Outcome } from './outcome';
import type { ParkingStore } from './parking-store';

export interface ConsumerSupervisorOptions {
  connection: RabbitConnection;
  parking: ParkingStore;
  attempts: AttemptStore;
  /** Faults of the surroundings beside TransientError and socket errors, e.g. a database driver's codes. */
  isTransient?: (error: unknown) => boolean;
  /** Pauses after a fault of the surroundings. Default 1 s doubling to 60 s. */
  faultPause?: BackoffOptions;
  /** Pauses between looks for a missing queue. Default 250 ms doubling to 10 s. */
  queueRetry?: BackoffOptions;
  /** Pauses before the second and third try of a message that failed alone. Default 100 and 500 ms. */
  alonePausesMs?: readonly number[];
  /** How long a message is held back that was in hand when 0, 1, 2 … earlier processes died, in ms. Default 250, 2000, 10000. */
  suspectPausesMs?: readonly number[];
  /** How long a batch in hand may take once its consumer stops. Default 30 000. */
  stopLimitMs?: number;
  logger?: Logger;
  metrics?: MessagingMetrics;
  /** Where the steps of traces are recorded. */
  tracing?: Tracing;
}

/** Runs consumers by name. One that fails turns `isHealthy` false and goes on trying; the others and the process live on. */
export class ConsumerSupervisor {
  private readonly consumers = new Map<string, Consumer<unknown>>();
  private readonly listeners = new Set<() => void>();
  private readonly attempts: AttemptLedger;
  private pausedQueues: ReadonlySet<string> = new Set();
  private isStarted = false;

  constructor(private readonly options: ConsumerSupervisorOptions) {
    this.attempts = new AttemptLedger(options.attempts);
  }

  /** Adds a consumer; started at once when the supervisor runs already. */
  register<T>(definition: ConsumerDefinition<T>, handler: MessageHandler<T> | BatchHandler<T>): void {
    if (this.consumers.has(definition.id)) throw new Error(`consumer ${definition.id} is registered twice`);
    const own = this.options;
    const consumer = new Consumer<T>({
      definition,
      handle: asBatches(handler),
      connection: own.connection,
      parking: own.parking,
      attempts: this.attempts,
      isTransient: (error) => isTransient(error) || (own.isTransient?.(error) ?? false),
      pausedQueues: this.pausedQueues,
      faultPause: own.faultPause ?? { firstMs: 1_000, maxMs: 5_000 },
      queueRetry: own.queueRetry ?? { firstMs: 250, maxMs: 10_000 },
      alonePausesMs: own.alonePausesMs ?? [100, 500],
      suspectPausesMs: own.suspectPausesMs ?? [250, 2_000, 10_000],
      stopLimitMs: own.stopLimitMs ?? 30_000,
      logger: own.logger ?? silentLogger,
      metrics: own.metrics ?? {},
      tracing: own.tracing ?? noTracing,
      onChange: () => this.announce(),
    });
    this.consumers.set(definition.id, consumer as Consumer<unknown>);
    if (this.isStarted) void consumer.start();
  }

  /** Starts every consumer. Returns at once: broker and queues may come later. */
  start(): void {
    this.isStarted = true;
    for (const consumer of this.consumers.values()) void consumer.start();
  }

  /** Finishes and acks the batches in hand, gives the rest back, closes every consumer's channels. */
  async stop(): Promise<void> {
    this.isStarted = false;
    await Promise.all([...this.consumers.values()].map((consumer) => consumer.stop()));
  }

  /** As stop, for one consumer, until `resume`. */
  pause(consumerId: string): Promise<void> {
    return this.consumer(consumerId).pause();
  }

  resume(consumerId: string): Promise<void> {
    return this.consumer(consumerId).resume();
  }

  /** Replaces the queues of one consumer. Resolves once those that go are closed, their batch in hand acked; those that come
   *  may still be connecting, or be waited for. */
  setQueues(consumerId: string, queues: readonly string[]): Promise<void> {
    return this.consumer(consumerId).setQueues(queues);
  }

  /** Queues that no consumer reads, of those it has and those it will have. Resolves once they are closed, their batch in
   *  hand acked. */
  async pauseQueues(queues: ReadonlySet<string>): Promise<void> {
    this.pausedQueues = queues;
    await Promise.all([...this.consumers.values()].map((consumer) => consumer.setPaused(queues)));
  }

  states(): ConsumerState[] {
    return [...this.consumers.values()].map((consumer) => consumer.state);
  }

  /** False while a consumer failed for no known reason, or the broker refuses one of its queues. */
  get isHealthy(): boolean {
    return this.states().every(
      ({ phase, queues }) => phase !== 'failed' && queues.every(({ state }) => state !== 'refused'),
    );
  }

  /** Calls back when a consumer changed its phase, fault or queues; returns the function that stops it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private announce(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private consumer(id: string): Consumer<unknown> {
    const consumer = this.consumers.get(id);
    if (!consumer) throw new Error(`no consumer ${id}`);
    return consumer;
  }
}

const asBatches = <T>(handler: MessageHandler<T> | BatchHandler<T>) => {
  if ('handleBatch' in handler) return (items: BatchItem<T>[]): Promise<Outcome[]> => handler.handleBatch(items);
  return async (items: BatchItem<T>[]): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const { message, envelope } of items) outcomes.push(await handler.handle(message, envelope));
    return outcomes;
  };
};
