import { partitionMessageV1, type PartitionMessageV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** Everything this app consumes. The queues are this replica's share of the partitions, set while running. */
export const consumers = (settings: {
  batchSize: number;
  batchWaitMs: number;
  lanes: number;
}): readonly ConsumerDefinition<PartitionMessageV1>[] => [
  { id: 'ingest', contract: partitionMessageV1, kind: 'batch', ...settings },
];
