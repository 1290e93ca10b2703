import {
  exchanges,
  factKeys,
  ingestKey,
  partitionCount,
  type EmailEventV1,
  type MailOutcomeV1,
  type SupporterMailV1,
} from '@groundswell/contracts';
import { encodeRef, partitionOfRef } from '@groundswell/crypto';
import { isTargetCustomId } from '@groundswell/domain';
import type { OutboxMessage } from '@groundswell/persistence';
import type { MailEvent } from '../mail-event';
import type { DeliveryRow, MailNews } from './delivery-row';
import { failureOf } from './failure';

/** A UUIDv8 (RFC 9562 §5.8): the same event gives the same. */
function uuidOf(key: Buffer): string {
  const id = Buffer.from(key.subarray(0, 16));
  id[6] = (id[6]! & 0x0f) | 0x80;
  id[8] = (id[8]! & 0x3f) | 0x80;
  const hex = id.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What the event says of a supporter's address; null for what changes nothing about it (email-and-mtt.md §4). */
function supporterEvent({ type, severity, isSuppressed }: MailEvent): EmailEventV1['event'] | null {
  if (type === 'complained') return 'spam';
  if (type === 'unsubscribed') return 'unsub';
  if (type === 'blocked') return 'blocked';
  if (type !== 'failed' || severity !== 'permanent') return null;
  // Refused because of what happened before: no new bounce of this address.
  return isSuppressed ? 'blocked' : 'bounce';
}

function targetOutcome(event: MailEvent): MailOutcomeV1['outcome'] | null {
  const { type, severity, isMachine } = event;
  if (type === 'delivered') return 'delivered';
  if (type === 'opened' || type === 'clicked') return isMachine ? null : type;
  return type === 'failed' && severity !== 'permanent' ? 'soft_bounce' : supporterEvent(event);
}

const message = (messageId: string, exchange: string, routingKey: string, body: { schema: string }): OutboxMessage => ({
  messageId,
  lane: 0,
  exchange,
  routingKey,
  type: body.schema,
  headers: {},
  body: JSON.stringify(body),
});

/** What action-ingest is to do about it, and the fact for whoever else wants to know. */
function supporterMessages(row: DeliveryRow, event: MailEvent, key: Buffer): OutboxMessage[] {
  const said = supporterEvent(event);
  const { actionId, ref } = row;
  if (said === null || actionId === null || ref === null) return [];
  const fact: SupporterMailV1 = {
    schema: 'groundswell:supporter-mail:1',
    orgId: row.orgId,
    deliveryId: row.id,
    outcome: said,
    at: event.at.toISOString(),
    actionId,
  };
  const command: EmailEventV1 = {
    schema: 'groundswell:command:1',
    id: uuidOf(key),
    at: event.at.toISOString(),
    kind: 'email_event',
    actionId,
    ref: encodeRef(ref),
    event: said,
  };
  return [
    message(command.id, exchanges.ingest, ingestKey(partitionOfRef(ref, partitionCount)), command),
    message(`supporter-mail:${key.toString('hex')}`, exchanges.event, factKeys.supporterMail, fact),
  ];
}

function targetFacts(row: DeliveryRow, event: MailEvent, key: Buffer, customId: string): OutboxMessage[] {
  const outcome = targetOutcome(event);
  if (outcome === null) return [];
  const fact: MailOutcomeV1 = {
    schema: 'groundswell:mail-outcome:1',
    customId,
    deliveryId: row.id,
    outcome,
    ...(event.isRefusal && { isRefusal: true }),
    error: failureOf(event, key)?.message ?? null,
    at: event.at.toISOString(),
  };
  return [message(`mail-outcome:${key.toString('hex')}`, exchanges.event, factKeys.mailOutcome, fact)];
}

/** What others must know of it. Mails to targets never say anything of a supporter. */
export function messagesOf({ row, events }: MailNews): OutboxMessage[] {
  return events.flatMap(({ event, key }) => {
    const customId = row.customId ?? event.customId ?? '';
    return isTargetCustomId(customId) ? targetFacts(row, event, key, customId) : supporterMessages(row, event, key);
  });
}
