import { factQueue, notifyServiceRequestV1, requestQueue } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';
import { notifyFact } from './facts/notify-fact';

/** Requests, answered side by side. */
const requestsAtOnce = 4;

/** Everything this app consumes. */
export const consumers: readonly ConsumerDefinition[] = [
  { id: 'facts', contract: notifyFact, kind: 'batch', queues: [factQueue('notify-service')], batchSize: 50 },
  {
    id: 'requests',
    contract: notifyServiceRequestV1,
    kind: 'batch',
    queues: [requestQueue('notify-service')],
    batchSize: requestsAtOnce,
    batchWaitMs: 0,
  },
];
