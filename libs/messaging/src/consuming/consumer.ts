import { Backoff, type BackoffOptions } from '../backoff';
import type { RabbitConnection } from '../connection/rabbit-connection';
import { settledWithin } from '../deadline';
import type { Tracing } from '@groundswell/observability';
import { describeError, type Logger } from '../logger';
import type { MessagingMetrics } from '../metrics';
import type { AttemptLedger } from './attempt-ledger';
import { BatchPicker } from './batch-picker';
import { type Batch, BatchRun, type BatchResult } from './batch-run';
import { type ConsumerDefinition, type ConsumerSettings, settingsOf } from './consumer-definition';
import type { BatchItem } from './message-handler';
import type { Outcome } from './outcome';
import type { ParkingStore } from './parking-store';
import { PrefetchGauge } from './prefetch-gauge';
import { type QueueDelivery, QueueReader, type QueueState } from './queue-reader';

/** stopped: not started, or stopped. running. paused: by call. backing_off: a fault of the surroundings. failed: the same
 *  after something that should not happen; a person must look, it goes on trying. */
export type ConsumerPhase = 'stopped' | 'running' | 'paused' | 'backing_off' | 'failed';

export interface ConsumerState {
  id: string;
  phase: ConsumerPhase;
  queues: { queue: string; state: QueueState }[];
  /** The last fault, as class and text of its error; undefined once a batch went through again. */
  fault: string | undefined;
}

export interface ConsumerOptions<T> {
  definition: ConsumerDefinition<T>;
  handle(items: BatchItem<T>[]): Promise<Outcome[]>;
  connection: RabbitConnection;
  parking: ParkingStore;
  attempts: AttemptLedger;
  isTransient(error: unknown): boolean;
  /** Not read from the start. */
  pausedQueues?: ReadonlySet<string>;
  faultPause: BackoffOptions;
  queueRetry: BackoffOptions;
  alonePausesMs: readonly number[];
  suspectPausesMs: readonly number[];
  stopLimitMs: number;
  logger: Logger;
  metrics: MessagingMetrics;
  tracing: Tracing;
  onChange(): void;
}

/** Runs one definition: its queues feed its lanes. Acks, counts and logs here; handlers only decide. */
export class Consumer<T> {
  readonly settings: ConsumerSettings;
  private phase: ConsumerPhase = 'stopped';
  private fault: string | undefined;
  private activeLanes = 0;
  private idle: (() => void)[] = [];
  private isPumpScheduled = false;
  private pumpTimer: NodeJS.Timeout | undefined;
  private resumeTimer: NodeJS.Timeout | undefined;
  private readonly wakers = new Set<() => void>();
  private readonly readers = new Map<string, QueueReader>();
  private readonly prefetch: PrefetchGauge;
  private readonly picker: BatchPicker;
  private readonly backoff: Backoff;
  private wanted: readonly string[];
  /** Of those, the ones that are not read now. */
  private paused: ReadonlySet<string>;
  /** Changes of phase and queues run one after the other. */
  private chain: Promise<void> = Promise.resolve();

  constructor(private readonly options: ConsumerOptions<T>) {
    this.settings = settingsOf(options.definition);
    this.prefetch = new PrefetchGauge(this.settings.batchSize, this.settings.maxPrefetchBytes);
    this.picker = new BatchPicker(this.settings, this.prefetch);
    this.backoff = new Backoff(options.faultPause);
    this.wanted = options.definition.queues ?? [];
    this.paused = options.pausedQueues ?? new Set();
    for (const queue of this.wanted) if (!this.paused.has(queue)) this.addReader(queue);
  }

  get state(): ConsumerState {
    const queues = [...this.readers.values()].map(({ queue, state }) => ({ queue, state }));
    return { id: this.settings.id, phase: this.phase, queues, fault: this.fault };
  }

  start(): Promise<void> {
    return this.next(async () => {
      if (this.phase !== 'stopped') return;
      this.run();
    });
  }

  resume(): Promise<void> {
    return this.next(async () => {
      if (this.phase !== 'paused') return;
      this.run();
    });
  }

  /** Finishes and acks the batches in hand, closes every channel, stays so until `resume`. */
  pause(): Promise<void> {
    return this.halt('paused');
  }

  stop(): Promise<void> {
    return this.halt('stopped');
  }

  /** Changes what is consumed. A queue that goes: the batch in hand is finished and acked, its channel closed. */
  setQueues(queues: readonly string[]): Promise<void> {
    return this.next(() => {
      this.wanted = queues;
      return this.readWanted();
    });
  }

  /** Of its queues, these are not read, now and whenever they come, until they are no more among them. */
  setPaused(queues: ReadonlySet<string>): Promise<void> {
    return this.next(() => {
      this.paused = queues;
      return this.readWanted();
    });
  }

  private async readWanted(): Promise<void> {
    const wanted = new Set(this.wanted.filter((queue) => !this.paused.has(queue)));
    const leaving = [...this.readers.values()].filter((reader) => !wanted.has(reader.queue));
    for (const reader of leaving) {
      reader.isLeaving = true;
      this.readers.delete(reader.queue);
    }
    const joining = [...wanted].filter((queue) => !this.readers.has(queue)).map((queue) => this.addReader(queue));
    if (leaving.length === 0 && joining.length === 0) return;
    this.sharePrefetch();
    if (this.phase === 'running') for (const reader of joining) reader.open();
    await Promise.all(leaving.map((reader) => this.leave(reader)));
    this.options.onChange();
  }

  private sharePrefetch(): void {
    const share = this.prefetch.share(this.readers.size);
    for (const reader of this.readers.values()) reader.setPrefetch(share);
  }

  private addReader(queue: string): QueueReader {
    const reader = new QueueReader({
      queue,
      consumerId: this.settings.id,
      connection: this.options.connection,
      prefetch: this.prefetch.share(this.readers.size + 1),
      retry: this.options.queueRetry,
      logger: this.options.logger,
      onSize: (bytes) => this.prefetch.note(bytes),
      onReady: () => this.schedulePump(),
    });
    this.readers.set(queue, reader);
    this.picker.add(reader);
    return reader;
  }

  private async leave(reader: QueueReader): Promise<void> {
    await settledWithin(reader.whenFree(), this.options.stopLimitMs);
    this.picker.remove(reader);
    await reader.close();
  }

  private run(): void {
    this.enter('running');
    this.sharePrefetch();
    for (const reader of this.readers.values()) reader.open();
    this.schedulePump();
  }

  private halt(phase: 'paused' | 'stopped'): Promise<void> {
    clearTimeout(this.resumeTimer);
    if (this.phase === 'stopped') return this.chain;
    this.enter(phase);
    return this.next(() => this.closeChannels());
  }

  /** Lets the batches in hand finish, at most `stopLimitMs`, then gives everything else back. */
  private async closeChannels(): Promise<void> {
    await settledWithin(this.whenIdle(), this.options.stopLimitMs);
    await Promise.all([...this.readers.values()].map((reader) => reader.close()));
  }

  private next(step: () => Promise<void>): Promise<void> {
    this.chain = this.chain.then(step, step);
    return this.chain;
  }

  private enter(phase: ConsumerPhase): void {
    if (phase === this.phase) return;
    this.phase = phase;
    if (phase !== 'running') for (const wake of [...this.wakers]) wake();
    this.options.logger.info({ consumer: this.settings.id, phase }, 'consumer');
    this.options.onChange();
  }

  private whenIdle(): Promise<void> {
    return this.activeLanes === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  /** Once per turn of the event loop, however many messages a chunk from the socket brought. */
  private schedulePump(): void {
    if (this.isPumpScheduled) return;
    this.isPumpScheduled = true;
    setImmediate(() => {
      this.isPumpScheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    clearTimeout(this.pumpTimer);
    while (this.phase === 'running' && this.activeLanes < this.settings.lanes) {
      const picked = this.picker.next(Date.now());
      if (picked === undefined) return;
      if (typeof picked === 'number') {
        this.pumpTimer = setTimeout(() => this.pump(), picked);
        return;
      }
      this.activeLanes += 1;
      void this.runLane(picked);
    }
  }

  private async runLane(batch: Batch<QueueDelivery>): Promise<void> {
    if (this.prefetch.adjust()) this.sharePrefetch();
    const readers = new Set(batch.deliveries.map((delivery) => delivery.reader));
    for (const reader of readers) reader.isBusy = true;
    try {
      const result = await new BatchRun<T, QueueDelivery>(this.runOptions(), batch).run();
      this.settle(result);
      if (result.fault !== undefined) this.backOff(result.fault);
      else if (result.settled.length > 0) this.recovered();
    } catch (error) {
      this.backOff(error);
    } finally {
      for (const reader of readers) reader.release();
      this.activeLanes -= 1;
      if (this.activeLanes === 0) for (const callback of this.idle.splice(0)) callback();
      this.pump();
    }
  }

  private settle(result: BatchResult<QueueDelivery>): void {
    const now = Date.now();
    const pauses = this.options.suspectPausesMs;
    for (const { delivery, aloneBefore } of result.suspects) {
      // Past the last pause there is nothing to wait for: it is parked.
      delivery.reader.setAside(delivery, aloneBefore, now + (pauses[aloneBefore] ?? 0));
    }
    const byReader = new Map<QueueReader, QueueDelivery[]>();
    for (const delivery of result.settled) {
      const deliveries = byReader.get(delivery.reader);
      if (deliveries) deliveries.push(delivery);
      else byReader.set(delivery.reader, [delivery]);
    }
    for (const [reader, deliveries] of byReader) reader.settle(deliveries);
  }

  private recovered(): void {
    this.backoff.reset();
    if (this.fault === undefined) return;
    this.fault = undefined;
    this.options.onChange();
  }

  private backOff(fault: unknown): void {
    if (this.phase !== 'running') return;
    const pauseMs = this.backoff.nextMs();
    const isExpected = this.options.isTransient(fault);
    const { logger, metrics } = this.options;
    const fields = { consumer: this.settings.id, pauseMs, ...describeError(fault) };
    this.fault = describeError(fault).error;
    metrics.backedOff?.(this.settings.id, pauseMs);
    if (isExpected) logger.warn(fields, 'consumer stops for a fault of the surroundings');
    else logger.error(fields, 'consumer failed');
    const phase = isExpected ? 'backing_off' : 'failed';
    this.enter(phase);
    void this.next(async () => {
      await this.closeChannels();
      if (this.phase === phase) this.resumeTimer = setTimeout(() => this.resumeAfter(phase), pauseMs);
    });
  }

  private resumeAfter(phase: ConsumerPhase): void {
    void this.next(async () => {
      if (this.phase === phase) this.run();
    });
  }

  private runOptions() {
    const { definition, handle, parking, attempts, isTransient, alonePausesMs, logger, metrics, tracing } =
      this.options;
    return {
      consumerId: definition.id,
      contract: definition.contract,
      kind: definition.kind,
      format: definition.format ?? 'json',
      handle,
      parking,
      attempts,
      isTransient,
      isStopping: () => this.phase !== 'running',
      sleep: (ms: number) => this.sleep(ms),
      alonePausesMs,
      logger,
      metrics,
      tracing,
    };
  }

  /** A pause that a stop ends early. */
  private sleep(ms: number): Promise<void> {
    if (this.phase !== 'running') return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.wakers.add(wake);
    });
  }
}
