import type { ScheduledTask } from '@groundswell/persistence';
import type { LossRequeuer } from './loss-requeuer';

/** Sends again what damaged queues lost. Twice is safe: see LossRequeuer. */
export class RequeueLossesTask implements ScheduledTask {
  readonly id = 'requeue-losses';

  constructor(
    private readonly requeuer: LossRequeuer,
    readonly everyMs: number,
  ) {}

  run(): Promise<void> {
    return this.requeuer.run();
  }
}
