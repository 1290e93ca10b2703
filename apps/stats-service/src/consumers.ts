import { counterDeltaV1, requestQueue, statsServiceRequestV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** Requests, answered side by side. */
const requestsAtOnce = 4;

/** Everything this app consumes. The leader alone reads deltas, so their queue comes and goes: see StatsLoop. */
export const consumers: readonly ConsumerDefinition[] = [
  { id: 'deltas', contract: counterDeltaV1, kind: 'batch', batchSize: 500 },
  {
    id: 'requests',
    contract: statsServiceRequestV1,
    kind: 'batch',
    queues: [requestQueue('stats-service')],
    batchSize: requestsAtOnce,
    batchWaitMs: 0,
  },
];
