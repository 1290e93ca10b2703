import { counterDeltaV1, type CounterDeltaV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** Everything this app consumes. The leader alone reads deltas, so their queue comes and goes: see StatsLoop. */
export const consumers: readonly ConsumerDefinition<CounterDeltaV1>[] = [
  { id: 'deltas', contract: counterDeltaV1, kind: 'batch', batchSize: 500 },
];
