import { exchanges, mailRequestKey, type MailRequestV1 } from '@groundswell/contracts';
import type { OutboxMessage } from './outbox.repository';
import { mailLane } from './topology-gate';

/** Asks email-delivery for a mail about something of an org. */
export function mailRequestMessage(mail: MailRequestV1, orgId: number): OutboxMessage {
  const routingKey = mailRequestKey(mail.kind);
  return {
    messageId: mail.purpose,
    lane: mailLane,
    exchange: exchanges.deliver,
    routingKey,
    type: mail.schema,
    headers: { org_id: orgId, routing_key: routingKey },
    body: JSON.stringify(mail),
  };
}
