import type { ConsumeMessage } from 'amqplib';
import { errorClassOf, runWithTrace, type OpenSpan, type Tracing } from '@groundswell/observability';
import { describeError, type Logger } from '../logger';
import type { MessagingMetrics } from '../metrics';
import type { AttemptLedger } from './attempt-ledger';
import type { Contract } from './consumer-definition';
import { type Envelope, envelopeOf } from './envelope';
import { contractProblemsOf, reasonOf } from './error-reason';
import type { BatchItem } from './message-handler';
import { type Outcome, park } from './outcome';
import type { ParkingStore } from './parking-store';

/** One message as it came from a queue. */
export interface Delivery {
  readonly queue: string;
  readonly message: ConsumeMessage;
  readonly receivedAt: Date;
}

/** fresh: first delivery. redelivered: at most 16 of one queue, noted before they run. suspect: one that was in hand when an
 *  earlier process died; `aloneBefore` times it was the only one. */
export type Batch<D extends Delivery> =
  { mode: 'fresh' | 'redelivered'; deliveries: D[] } | { mode: 'suspect'; deliveries: [D]; aloneBefore: number };

export interface BatchRunOptions<T> {
  consumerId: string;
  contract: Contract<T>;
  /** Calls the handler. A single handler gets its messages one by one, each a batch of its own. */
  kind: 'single' | 'batch';
  /** What the contract gets. */
  format: 'json' | 'bytes';
  handle(items: BatchItem<T>[]): Promise<Outcome[]>;
  parking: ParkingStore;
  attempts: AttemptLedger;
  isTransient(error: unknown): boolean;
  /** True once the consumer stops: what has not been started is left to the queue. */
  isStopping(): boolean;
  sleep(ms: number): Promise<void>;
  /** Pauses before the second and third try of a message that failed alone. */
  alonePausesMs: readonly number[];
  logger: Logger;
  metrics: MessagingMetrics;
  tracing: Tracing;
}

export interface BatchResult<D extends Delivery> {
  /** To be acked. */
  settled: D[];
  /** Redelivered messages to be run alone, later. */
  suspects: { delivery: D; aloneBefore: number }[];
  /** A fault of the surroundings: nothing else of the batch was done. */
  fault?: unknown;
}

/** Messages run together when a whole batch failed, and at most so many redelivered ones. */
export const ISOLATION_SIZE = 16;
const ALONE_TRIES = 3;
/** Deaths of a process with this message alone in hand, after which it is parked without another run. */
const ALONE_DEATHS = 3;

interface Item<T, D> extends BatchItem<T> {
  delivery: D;
}

class FaultError extends Error {
  constructor(readonly fault: unknown) {
    super('fault of the surroundings', { cause: fault });
  }
}

/** One batch on its way through parsing, handler and isolation to the messages that may be acked. */
export class BatchRun<T, D extends Delivery> {
  private readonly outcomes = new Map<D, Outcome>();
  private readonly envelopes = new Map<D, Envelope>();
  private readonly noted = new Map<D, string>();
  /** One for each message that has a trace. */
  private readonly spans = new Map<D, OpenSpan>();
  private readonly suspects: { delivery: D; aloneBefore: number }[] = [];
  private fault: unknown;
  private hasWarned = false;

  constructor(
    private readonly options: BatchRunOptions<T>,
    private readonly batch: Batch<D>,
  ) {}

  async run(): Promise<BatchResult<D>> {
    const startedAt = performance.now();
    try {
      await this.handleAll(await this.select(this.parse()));
    } catch (error) {
      this.noteFault(error);
    }
    const settled = await this.settle();
    this.endSpans(settled);
    await this.forgetAttempts(settled);
    this.options.metrics.batch?.(this.options.consumerId, this.batch.deliveries.length, performance.now() - startedAt);
    return { settled, suspects: this.suspects, fault: this.fault };
  }

  private parse(): Item<T, D>[] {
    const items: Item<T, D>[] = [];
    for (const delivery of this.batch.deliveries) {
      const envelope = envelopeOf(delivery.queue, delivery.message, delivery.receivedAt);
      this.envelopes.set(delivery, envelope);
      this.beginSpan(delivery, envelope);
      let body: unknown = delivery.message.content;
      try {
        if (this.options.format === 'json') body = JSON.parse(delivery.message.content.toString('utf8'));
      } catch {
        // The parser's text quotes the body, which may hold personal data.
        this.outcomes.set(delivery, park('unparsable', { problem: 'not JSON' }));
        continue;
      }
      try {
        items.push({ delivery, envelope, message: this.options.contract.parse(body) });
      } catch (error) {
        this.outcomes.set(delivery, park('unparsable', contractProblemsOf(error)));
      }
    }
    return items;
  }

  /** A message without a trace begins none: it is handled with hundreds of others. */
  private beginSpan(delivery: D, envelope: Envelope): void {
    const { tracing, consumerId } = this.options;
    if (!tracing.isOn || !envelope.trace) return;
    const span = tracing.start({
      name: `process ${consumerId}`,
      kind: 'consumer',
      parent: envelope.trace,
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'process',
        'messaging.destination.name': envelope.queue,
        'messaging.message.id': envelope.messageId,
        'messaging.batch.message_count': this.batch.deliveries.length,
        'groundswell.org_id': envelope.orgId,
        'groundswell.action_id':
          typeof envelope.headers.action_id === 'number' ? envelope.headers.action_id : undefined,
      },
    });
    if (!span) return;
    this.spans.set(delivery, span);
    // What the handler leads to follows this step.
    envelope.trace = span.trace;
  }

  private endSpans(settled: D[]): void {
    if (this.spans.size === 0) return;
    const ended = new Set(settled);
    for (const [delivery, span] of this.spans) {
      const outcome = ended.has(delivery) ? this.outcomes.get(delivery) : undefined;
      span.set({ 'groundswell.outcome': outcome?.kind ?? 'retry' });
      if (!outcome) span.end(this.fault === undefined ? 'not handled' : errorClassOf(this.fault));
      else span.end(outcome.kind === 'park' ? outcome.reason : undefined);
    }
  }

  /** Notes redelivered messages before they run, and keeps back those an earlier process may have died of. */
  private async select(items: Item<T, D>[]): Promise<Item<T, D>[]> {
    const { batch } = this;
    const first = items[0];
    if (batch.mode === 'fresh' || !first) return items;
    if (batch.mode === 'suspect') {
      if (batch.aloneBefore >= ALONE_DEATHS) {
        this.outcomes.set(first.delivery, park('kills the process', { deaths: batch.aloneBefore }));
        this.noted.set(first.delivery, first.envelope.messageId);
        return [];
      }
      await this.note([first], 'alone');
      return items;
    }
    const before = await this.note(items, 'group');
    return items.filter((item) => {
      const counts = before.get(item.envelope.messageId);
      if (!counts || counts.group + counts.alone === 0) return true;
      this.suspects.push({ delivery: item.delivery, aloneBefore: counts.alone });
      return false;
    });
  }

  private async note(items: Item<T, D>[], mode: 'group' | 'alone') {
    const ids = [...new Set(items.map((item) => item.envelope.messageId))];
    const queue = items[0]?.envelope.queue ?? '';
    try {
      const before = await this.options.attempts.note(queue, ids, mode);
      for (const item of items) this.noted.set(item.delivery, item.envelope.messageId);
      return before;
    } catch (error) {
      // Without a note, a message that kills the process would run for ever; so this waits for the store.
      throw new FaultError(error);
    }
  }

  private async handleAll(items: Item<T, D>[]): Promise<void> {
    if (this.options.kind === 'single') return this.handleEachAlone(items);
    if (items.length === 0) return;
    if (items.length === 1) return this.handleEachAlone(items);
    if ((await this.failureOf(items)) === undefined) return;
    if (items.length <= ISOLATION_SIZE) return this.handleEachAlone(items);
    for (let from = 0; from < items.length; from += ISOLATION_SIZE) {
      if (this.options.isStopping()) return;
      const part = items.slice(from, from + ISOLATION_SIZE);
      if ((await this.failureOf(part)) !== undefined) await this.handleEachAlone(part);
    }
  }

  private async handleEachAlone(items: Item<T, D>[]): Promise<void> {
    for (const item of items) {
      if (this.options.isStopping()) return;
      await this.handleAlone(item);
    }
  }

  private async handleAlone(item: Item<T, D>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.failureOf([item]);
      if (failure === undefined) return;
      if (attempt === ALONE_TRIES) {
        const { reason, details } = reasonOf(failure.error);
        this.outcomes.set(item.delivery, park(reason, details));
        return;
      }
      await this.options.sleep(this.options.alonePausesMs[attempt - 1] ?? 0);
      if (this.options.isStopping()) return;
    }
  }

  /** Calls the handler and keeps its outcomes; an ordinary throw is returned, a fault of the surroundings thrown on. */
  private async failureOf(items: Item<T, D>[]): Promise<{ error: unknown } | undefined> {
    try {
      const outcomes = await this.handleInTrace(items);
      if (!Array.isArray(outcomes) || outcomes.length !== items.length || outcomes.some((outcome) => !outcome?.kind)) {
        throw new Error(`the handler of ${this.options.consumerId} must return one outcome per message`);
      }
      items.forEach((item, index) => this.outcomes.set(item.delivery, outcomes[index] as Outcome));
      return undefined;
    } catch (error) {
      if (this.options.isTransient(error)) throw new FaultError(error);
      const fields = { consumer: this.options.consumerId, size: items.length, ...reasonOf(error) };
      if (!this.hasWarned) this.options.logger.warn(fields, 'handler threw: isolating');
      this.hasWarned = true;
      return { error };
    }
  }

  /** A message by itself is handled in its trace; what handles several knows the trace of each by its envelope. */
  private handleInTrace(items: Item<T, D>[]): Promise<Outcome[]> {
    const trace = items.length === 1 ? items[0]?.envelope.trace : undefined;
    return trace ? runWithTrace(trace, () => this.options.handle(items)) : this.options.handle(items);
  }

  private async settle(): Promise<D[]> {
    const settled: D[] = [];
    const parked: { delivery: D; outcome: Outcome & { kind: 'park' } }[] = [];
    const counts = new Map<string, number>();
    for (const [delivery, outcome] of this.outcomes) {
      if (outcome.kind === 'park') parked.push({ delivery, outcome });
      else {
        settled.push(delivery);
        this.report(delivery, outcome, counts);
      }
    }
    if (parked.length > 0 && (await this.park(parked))) {
      for (const { delivery, outcome } of parked) {
        settled.push(delivery);
        this.report(delivery, outcome, counts);
      }
    }
    for (const [key, count] of counts) {
      const [kind, reason] = key.split('\n') as [Outcome['kind'], string];
      this.options.metrics.settled?.(this.options.consumerId, kind, reason, count);
    }
    return settled;
  }

  private async park(parked: { delivery: D; outcome: Outcome & { kind: 'park' } }[]): Promise<boolean> {
    try {
      await this.options.parking.park(
        parked.map(({ delivery, outcome }) => ({
          queue: delivery.queue,
          messageId: this.envelopes.get(delivery)?.messageId ?? '',
          reason: outcome.reason,
          details: outcome.details,
          body: delivery.message.content,
          headers: this.envelopes.get(delivery)?.headers ?? {},
        })),
      );
      return true;
    } catch (error) {
      this.noteFault(error);
      return false;
    }
  }

  private report(delivery: D, outcome: Outcome, counts: Map<string, number>): void {
    const reason = outcome.kind === 'done' ? '' : outcome.reason;
    const key = `${outcome.kind}\n${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (outcome.kind === 'done') return;
    const envelope = this.envelopes.get(delivery);
    const fields = {
      consumer: this.options.consumerId,
      queue: delivery.queue,
      messageId: envelope?.messageId,
      traceId: envelope?.trace?.traceId,
      orgId: envelope?.orgId,
      actionId: envelope?.headers.action_id,
      reason,
      ...outcome.details,
    };
    if (outcome.kind === 'park') this.options.logger.warn(fields, 'message parked');
    else this.options.logger.info(fields, 'message dropped');
  }

  /** What this process lived through starts afresh, settled or not: only a death counts. Kept are the suspects, which have
   *  not run yet, and what is to be parked once the store takes it. */
  private async forgetAttempts(settled: D[]): Promise<void> {
    const kept = new Set(this.suspects.map(({ delivery }) => delivery));
    for (const [delivery, outcome] of this.outcomes) if (outcome.kind === 'park') kept.add(delivery);
    for (const delivery of settled) kept.delete(delivery);
    const ids = [...this.noted].flatMap(([delivery, id]) => (kept.has(delivery) ? [] : id));
    const queue = this.batch.deliveries[0]?.queue ?? '';
    if (ids.length === 0) return;
    try {
      await this.options.attempts.forget(queue, [...new Set(ids)]);
    } catch (error) {
      // Too many attempts on record only make a message run alone should it come again.
      this.options.logger.warn(
        { consumer: this.options.consumerId, ...describeError(error) },
        'attempts not forgotten',
      );
    }
  }

  private noteFault(error: unknown): void {
    this.fault = error instanceof FaultError ? error.fault : error;
  }
}
