import { ingestMessageV1, type IngestMessageV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** Everything this app consumes. The queues are this replica's share of the partitions, set while running. */
export const consumers = (settings: {
  batchSize: number;
  batchWaitMs: number;
  lanes: number;
}): readonly ConsumerDefinition<IngestMessageV1>[] => [
  { id: 'ingest', contract: ingestMessageV1, kind: 'batch', ...settings },
];
