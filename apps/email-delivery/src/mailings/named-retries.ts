import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@groundswell/observability';

export interface RetryBudget {
  retries: number;
  /** Doubles each time. */
  firstMs: number;
  /** No retry begins after this long. */
  withinMs: number;
}

/** What a step of sending may cost when the database does not answer (email-events.md §9.3). */
export type SendingStep = 'before a call' | 'after a call';
export type RetryBudgets = Record<SendingStep, RetryBudget>;

export const sendingBudgets: RetryBudgets = {
  'before a call': { retries: 10, firstMs: 2_000, withinMs: 600_000 },
  'after a call': { retries: 20, firstMs: 2_000, withinMs: 1_800_000 },
};
/** Of a process that is asked to end: what it knows of its calls is still worth some seconds. */
const lastBudgets: RetryBudgets = {
  'before a call': { retries: 0, firstMs: 0, withinMs: 0 },
  'after a call': { retries: 3, firstMs: 250, withinMs: 10_000 },
};

/** Repeats steps that fail, by the budget of each. */
export class NamedRetries {
  private readonly ending = new AbortController();

  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly budgets: RetryBudgets = sendingBudgets,
  ) {}

  /** The process ends: waits under way are cut short. */
  collapse(): void {
    this.ending.abort();
  }

  /** Throws the last fault when the budget is used up. */
  async run<T>(step: SendingStep, work: () => Promise<T>): Promise<T> {
    let isLast = this.ending.signal.aborted;
    let startedAt = performance.now();
    for (let made = 0; ; made += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isLast && this.ending.signal.aborted) {
          [isLast, made, startedAt] = [true, 0, performance.now()];
        }
        const { retries, firstMs, withinMs } = (isLast ? lastBudgets : this.budgets)[step];
        const waitMs = firstMs * 2 ** made;
        if (made >= retries || performance.now() + waitMs - startedAt > withinMs) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ step, reason, retryInMs: waitMs }, 'a step of a mailing is tried again');
        await sleep(waitMs, undefined, isLast ? {} : { signal: this.ending.signal }).catch(() => undefined);
      }
    }
  }
}
