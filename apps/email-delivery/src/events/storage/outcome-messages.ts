import {
  exchanges,
  factKeys,
  ingestKey,
  partitionCount,
  type EmailEventV1,
  type MailOutcomeV1,
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

function supporterCommand(row: DeliveryRow, event: MailEvent, key: Buffer): OutboxMessage | null {
  const said = supporterEvent(event);
  if (said === null || row.actionId === null || row.ref === null) return null;
  const command: EmailEventV1 = {
    schema: 'groundswell:command:1',
    id: uuidOf(key),
    at: event.at.toISOString(),
    kind: 'email_event',
    actionId: row.actionId,
    ref: encodeRef(row.ref),
    event: said,
  };
  return message(command.id, exchanges.ingest, ingestKey(partitionOfRef(row.ref, partitionCount)), command);
}

function targetFact(row: DeliveryRow, event: MailEvent, key: Buffer, customId: string): OutboxMessage | null {
  const outcome = targetOutcome(event);
  if (outcome === null) return null;
  const fact: MailOutcomeV1 = {
    schema: 'groundswell:mail-outcome:1',
    customId,
    deliveryId: row.id,
    outcome,
    ...(event.isRefusal && { isRefusal: true }),
    error: failureOf(event, key)?.message ?? null,
    at: event.at.toISOString(),
  };
  return message(`mail-outcome:${key.toString('hex')}`, exchanges.event, factKeys.mailOutcome, fact);
}

/** What others must know of it. Mails to targets never say anything of a supporter. */
export function messagesOf({ row, events }: MailNews): OutboxMessage[] {
  return events.flatMap(({ event, key }) => {
    const customId = row.customId ?? event.customId ?? '';
    const found = isTargetCustomId(customId)
      ? targetFact(row, event, key, customId)
      : supporterCommand(row, event, key);
    return found ? [found] : [];
  });
}
