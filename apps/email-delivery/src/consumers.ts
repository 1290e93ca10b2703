import {
  emailDeliveryRequestV1,
  mailingMessageV1,
  mailWebhookV1,
  requestQueue,
  systemQueues,
  type EmailDeliveryRequestV1,
  type MailingMessageV1,
  type MailWebhookV1,
} from '@groundswell/contracts';
import type { ConsumerDefinition } from '@groundswell/messaging';
import { requestedMail, type RequestedMail } from './accepting/mail-request';
import { supporterAction, type SupporterAction } from './accepting/supporter-action';

type Consumed =
  | ConsumerDefinition<SupporterAction>
  | ConsumerDefinition<RequestedMail>
  | ConsumerDefinition<MailWebhookV1>
  | ConsumerDefinition<MailingMessageV1>
  | ConsumerDefinition<EmailDeliveryRequestV1>;

/** Requests of people, answered side by side; those that come meanwhile wait for the slowest of them. */
const requestsAtOnce = 10;

/** Bodies of providers; each may have a megabyte. */
const webhooksAtOnce = 20;

/** Everything this app consumes. */
export const consumers: readonly Consumed[] = [
  {
    id: 'supporter-confirms',
    contract: supporterAction,
    kind: 'batch',
    queues: [systemQueues.emailConfirm],
    batchSize: 200,
  },
  { id: 'thank-yous', contract: supporterAction, kind: 'batch', queues: [systemQueues.emailThankYou], batchSize: 200 },
  { id: 'requests', contract: requestedMail, kind: 'batch', queues: [systemQueues.emailRequest], batchSize: 100 },
  {
    id: 'mail-webhooks',
    contract: mailWebhookV1,
    kind: 'batch',
    queues: [systemQueues.emailEvents],
    batchSize: webhooksAtOnce,
  },
  { id: 'mailings', contract: mailingMessageV1, kind: 'single', queues: [systemQueues.emailMailings] },
  {
    id: 'operator-requests',
    contract: emailDeliveryRequestV1,
    kind: 'batch',
    queues: [requestQueue('email-delivery')],
    batchSize: requestsAtOnce,
    batchWaitMs: 0,
  },
];
