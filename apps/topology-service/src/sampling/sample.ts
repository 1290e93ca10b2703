import {
  byMonitoredName,
  noWork,
  sumOfWork,
  type QueueRates,
  type QueueSample,
  type WaitingWork,
  type WorkDone,
  type WorkFigures,
} from '@groundswell/persistence';
import type { QueueFigures } from '../broker/management.client';

export interface NamedSample extends Omit<QueueSample, 'at'> {
  queue: string;
}

/** With how long ago it was last seen empty, while it is not: nothing in it is older. */
export interface AgedQueue extends QueueFigures {
  oldestSeconds: number | null;
}

/** Rows of one minute. A broker that takes in a thousand orgs' queues still fits. */
export const mostSamples = 2_000;

/** What is counted since the broker started, and how deep the queue was: the next minute is told by the difference. */
interface Totals {
  entered: number;
  done: number;
  errors: number;
  depth: number;
}

const unknownRates: QueueRates = { entered: null, done: null, errors: null };

/** Turns two looks a minute apart into the samples of the second one. */
export class SampleMaker {
  private before: Map<string, Totals> | null = null;

  /** Another replica may have looked meanwhile. */
  forget(): void {
    this.before = null;
  }

  /** `broker`: empty while it does not say. */
  samplesOf(broker: readonly AgedQueue[], waiting: readonly WaitingWork[], done: readonly WorkDone[]) {
    const totals = new Map<string, Totals>();
    const samples = [...this.ofBroker(broker, waiting, totals), ...this.ofTables(waiting, done, totals)];
    this.before = totals;
    return samples
      .filter(isWorthARow)
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, mostSamples);
  }

  private ofBroker(broker: readonly AgedQueue[], waiting: readonly WaitingWork[], totals: Map<string, Totals>) {
    const parked = new Map<string, number>();
    for (const { kind, name, dead } of waiting) {
      if (kind === 'parked') parked.set(name, (parked.get(name) ?? 0) + dead);
    }
    return broker.map(({ name, consumers, message_stats: stats = {}, oldestSeconds, ...queue }): NamedSample => {
      const active = queue.messages_unacknowledged ?? 0;
      const now = {
        entered: stats.publish ?? 0,
        done: (stats.ack ?? 0) + (stats.deliver_no_ack ?? 0) + (stats.get_no_ack ?? 0),
        errors: stats.redeliver ?? 0,
        depth: (queue.messages_ready ?? 0) + active,
      };
      totals.set(name, now);
      const held = {
        ...noWork,
        waiting: queue.messages_ready ?? 0,
        active,
        dead: parked.get(name) ?? 0,
        oldestSeconds,
      };
      return { queue: name, ...figuresOf(held), ...this.ratesOf(name, now), workers: consumers ?? null };
    });
  }

  private ofTables(waiting: readonly WaitingWork[], done: readonly WorkDone[], totals: Map<string, Totals>) {
    const counted = byMonitoredName(done);
    const named = byMonitoredName(waiting.filter(({ kind }) => kind !== 'broker'));
    for (const name of counted.keys()) if (!named.has(name)) named.set(name, []);
    return [...named].map(([queue, rows]): NamedSample => {
      const work = sumOfWork(rows);
      const depth = work.waiting + work.delayed + work.active;
      const ended = counted.get(queue) ?? [];
      const rates = { done: total(ended, 'done'), errors: total(ended, 'errors') };
      totals.set(queue, { entered: 0, ...rates, depth });
      const isCounted = /^(outbox|jobs|pushes):/.test(queue);
      return {
        queue,
        ...figuresOf(work),
        ...(isCounted ? this.enteredOf(queue, depth, rates) : unknownRates),
        workers: null,
      };
    });
  }

  /** What went in is what is there more than before, and what came out. */
  private enteredOf(queue: string, depth: number, { done, errors }: { done: number; errors: number }): QueueRates {
    const depthBefore = this.before && (this.before.get(queue)?.depth ?? 0);
    // A job that failed waits no longer; a push that did is tried again.
    const left = queue.startsWith('jobs:') ? done + errors : done;
    return { entered: depthBefore === null ? null : Math.max(0, depth - depthBefore + left), done, errors };
  }

  private ratesOf(queue: string, now: Totals): QueueRates {
    const before = this.before?.get(queue);
    // Totals begin anew with the broker.
    if (!before || before.entered > now.entered || before.done > now.done) return unknownRates;
    return {
      entered: now.entered - before.entered,
      done: now.done - before.done,
      errors: Math.max(0, now.errors - before.errors),
    };
  }
}

const total = (rows: readonly WorkDone[], figure: 'done' | 'errors'): number =>
  rows.reduce((sum, row) => sum + row[figure], 0);

const figuresOf = ({ waiting, delayed, active, failed, dead, oldestSeconds }: WorkFigures) => ({
  ...{ waiting, delayed, active, failed, dead },
  oldestSeconds: oldestSeconds === null ? null : Math.round(oldestSeconds),
});

const weight = (sample: NamedSample): number =>
  sample.waiting + sample.delayed + sample.active + sample.failed + sample.dead;

const isWorthARow = (sample: NamedSample): boolean =>
  weight(sample) + (sample.entered ?? 0) + (sample.done ?? 0) + (sample.errors ?? 0) > 0;
