import { mailRequestV1, systemQueues, type MailRequestV1 } from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';
import { supporterAction, type SupporterAction } from './accepting/supporter-action';

/** Everything this app consumes. */
export const consumers: readonly (ConsumerDefinition<SupporterAction> | ConsumerDefinition<MailRequestV1>)[] = [
  {
    id: 'supporter-confirms',
    contract: supporterAction,
    kind: 'batch',
    queues: [systemQueues.emailConfirm],
    batchSize: 200,
  },
  { id: 'thank-yous', contract: supporterAction, kind: 'batch', queues: [systemQueues.emailThankYou], batchSize: 200 },
  { id: 'requests', contract: mailRequestV1, kind: 'batch', queues: [systemQueues.emailRequest], batchSize: 100 },
];
