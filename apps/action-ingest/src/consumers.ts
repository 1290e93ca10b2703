import {
  actionIngestRequestV1,
  partitionMessageV1,
  requestQueue,
  type ActionIngestRequestV1,
  type PartitionMessageV1,
} from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** Requests of people, each a transaction of its own: few, and none may hold many connections. */
const requestsAtOnce = 2;

/** A batch in hand takes many times its bytes: 500 signatures of 1.5 KB, or a dozen of 60 KB. */
const maxBatchBytes = 768 * 1024;

type Consumed = ConsumerDefinition<PartitionMessageV1> | ConsumerDefinition<ActionIngestRequestV1>;

/** Everything this app consumes. The queues of `ingest` are this replica's share of the partitions, set while running. */
export const consumers = (settings: { batchSize: number; batchWaitMs: number; lanes: number }): readonly Consumed[] => [
  { id: 'ingest', contract: partitionMessageV1, kind: 'batch', maxBatchBytes, ...settings },
  {
    id: 'requests',
    contract: actionIngestRequestV1,
    kind: 'single',
    queues: [requestQueue('action-ingest')],
    batchSize: requestsAtOnce,
  },
];
