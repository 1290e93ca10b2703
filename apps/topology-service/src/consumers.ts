import { requestQueue, topologyRequestV1, type TopologyRequestV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** Requests of people, answered side by side. */
const requestsAtOnce = 10;

/** What this app consumes. */
export const requestConsumer: ConsumerDefinition<TopologyRequestV1> = {
  id: 'requests',
  contract: topologyRequestV1,
  kind: 'batch',
  queues: [requestQueue('topology-service')],
  batchSize: requestsAtOnce,
  batchWaitMs: 0,
};
