import { confirmCreatedV1, factQueue, type ConfirmCreatedV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';

/** Everything this app consumes. */
export const consumers: readonly ConsumerDefinition<ConfirmCreatedV1>[] = [
  { id: 'facts', contract: confirmCreatedV1, kind: 'single', queues: [factQueue('notify-service')], batchSize: 10 },
];
