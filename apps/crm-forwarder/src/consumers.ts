import { crmForwarderRequestV1, requestQueue, systemQueues } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';
import { deadMessage } from './dead/dead-message';
import { pushedMessage } from './taking-over/pushed-message';

/** Bodies have up to 128 KB; they go on byte for byte. */
const asTheyCame = { kind: 'batch', format: 'bytes', batchSize: 50 } as const;

/** Requests of people, answered side by side. */
const requestsAtOnce = 10;

/** Everything this app consumes. The queues of `webhooks` come and go with the orgs: see WebhookQueues. */
export const consumers: readonly ConsumerDefinition[] = [
  { id: 'webhooks', contract: pushedMessage, ...asTheyCame },
  { id: 'sqs', contract: pushedMessage, ...asTheyCame, queues: [systemQueues.sqs] },
  { id: 'dead', contract: deadMessage, ...asTheyCame, queues: [systemQueues.dead] },
  {
    id: 'requests',
    contract: crmForwarderRequestV1,
    kind: 'batch',
    queues: [requestQueue('crm-forwarder')],
    batchSize: requestsAtOnce,
    batchWaitMs: 0,
  },
];
