import type { CounterDeltaV1 } from '@groundswell/contracts';
import { Consumes, done, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import { Intake } from './intake';

/** Counts the deltas of action-ingest (processing.md §9.2). Twice and out of order are safe: see Intake. */
@Consumes('deltas')
export class DeltasHandler implements BatchHandler<CounterDeltaV1> {
  constructor(private readonly intake: Intake) {}

  async handleBatch(items: BatchItem<CounterDeltaV1>[]): Promise<Outcome[]> {
    await this.intake.count(items.map(({ message }) => message));
    return items.map(() => done());
  }
}
