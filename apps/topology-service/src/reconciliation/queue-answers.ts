import type { QueueCheck } from '../broker/queue-check';
import type { TimeBudget } from './time-budget';

/** Whether a queue has shown that it takes and gives messages since the broker was last reached. */
export type QueueAnswer = 'answers' | 'mute' | 'unasked';

/** Who has answered since the last reconnection. Killed right after a queue was declared, the broker can come back with one
 *  that it lists as running and led although its quorum never elects anybody. */
export class QueueAnswers {
  private readonly answering = new Set<string>();
  private readonly mute = new Set<string>();
  /** False on brokers that would hand messages to whoever asks. */
  canAsk = true;

  constructor(private readonly check: Pick<QueueCheck, 'ask'>) {}

  of(queue: string): QueueAnswer {
    if (!this.canAsk || this.answering.has(queue)) return 'answers';
    return this.mute.has(queue) ? 'mute' : 'unasked';
  }

  /** All queues of the broker at this moment; what is not among them is asked anew when it comes back. */
  observe(queues: { has(queue: string): boolean }): void {
    for (const known of [this.answering, this.mute]) {
      for (const queue of known) if (!queues.has(queue)) known.delete(queue);
    }
  }

  declared(queue: string): void {
    this.answering.delete(queue);
    this.mute.delete(queue);
  }

  reset(): void {
    this.answering.clear();
    this.mute.clear();
  }

  /** Asks those that have not answered, in this order, but first those that were not silent before. */
  async ask(queues: readonly string[], budget: TimeBudget): Promise<void> {
    const due = queues.filter((queue) => this.of(queue) !== 'answers');
    if (due.length === 0) return;
    const ordered = [...due.filter((queue) => !this.mute.has(queue)), ...due.filter((queue) => this.mute.has(queue))];
    const findings = await this.check.ask(ordered, () => budget.allowsMore());
    for (const queue of findings.answering) {
      this.mute.delete(queue);
      this.answering.add(queue);
    }
    for (const queue of findings.mute) this.mute.add(queue);
  }
}
