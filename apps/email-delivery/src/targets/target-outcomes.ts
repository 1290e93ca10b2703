import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { exchanges, factKeys, type MailOutcomeV1 } from '@groundswell/contracts';
import { formatCustomId } from '@groundswell/domain';
import { cleanError } from '@groundswell/http';
import type { OutboxMessage, OutboxRepository } from '@groundswell/persistence';
import type { DeliveryState } from '../deliveries/delivery';
import { cancelledReasons, type TargetDraft } from './target-mail';

/** How the mail that stands for a purpose ended. */
export interface EndedMail {
  purpose: string;
  deliveryId: number;
  messageId: number;
  attempt: number;
  state: Exclude<DeliveryState, 'queued' | 'sending'>;
  error: string | null;
  at: Date;
}

/** Rows told by one statement of the sweep: fewer, and there are no more. */
export const toldAtOnce = 500;

/** Answers mtt-service's askings through the outbox, in the transaction that ends a mail. */
export class TargetOutcomes {
  constructor(private readonly outbox: Pick<OutboxRepository, 'insert'>) {}

  /** Of those among these deliveries that ended and mtt-service does not know so. */
  tell(manager: EntityManager, deliveryIds: readonly number[]): Promise<number> {
    return this.tellEnds(manager, 't.delivery_id = any($1::bigint[])', [deliveryIds]);
  }

  tellOf(manager: EntityManager, purposes: readonly string[]): Promise<number> {
    return this.tellEnds(manager, 't.purpose = any($1::text[])', [purposes]);
  }

  /** Whoever ended them: a person, a provider's event, a process that came to its end. Returns how many, `toldAtOnce` at most. */
  async tellAll(manager: EntityManager): Promise<number> {
    return this.tellEnds(manager, `(t.told is null or t.told = 'unknown') and $1::text is null`, [null], true);
  }

  /** These messages are never sent: their target has, or gets, another mail of the same person. */
  async refuse(manager: EntityManager, drafts: readonly TargetDraft[]): Promise<void> {
    const at = new Date();
    const refused = drafts.map(({ messageId, attempt, delivery }) =>
      message({ messageId, attempt, deliveryId: 0, at, ...cancelled, purpose: delivery.purpose }),
    );
    await this.outbox.insert(manager, refused, false);
  }

  private async tellEnds(
    manager: EntityManager,
    condition: string,
    parameters: unknown[],
    isSweep = false,
  ): Promise<number> {
    const ends: EndedMail[] = await manager.query(
      `select t.purpose, t.delivery_id::float8 as "deliveryId", t.message_id::float8 as "messageId", t.attempt, d.state, d.error,
              coalesce(d.sent_at, d.updated_at) as at
         from mail.target_mails t join mail.deliveries d on d.id = t.delivery_id
        where ${condition} and d.state not in ('queued', 'sending') and t.told is distinct from d.state
        order by d.id ${isSweep ? `limit ${toldAtOnce}` : ''} for no key update of d, t ${isSweep ? 'skip locked' : ''}`,
      parameters,
    );
    if (ends.length === 0) return 0;
    await this.outbox.insert(manager, ends.map(message), false);
    await manager.query(
      `update mail.target_mails t set told = e.state from unnest($1::text[], $2::text[]) as e (purpose, state)
        where t.purpose = e.purpose`,
      [ends.map(({ purpose }) => purpose), ends.map(({ state }) => state)],
    );
    return ends.length;
  }
}

const cancelled = { state: 'failed', error: 'the target has another mail of this person' } as const;
const cancelling: ReadonlySet<string | null> = new Set([...Object.values(cancelledReasons), cancelled.error]);

/** What the end of a row means for the message it stands for. */
export function outcomeOf({ state, error }: Pick<EndedMail, 'state' | 'error'>): MailOutcomeV1['outcome'] {
  return state === 'failed' && cancelling.has(error) ? 'cancelled' : state;
}

function message(end: EndedMail): OutboxMessage {
  const { messageId, deliveryId, attempt, state, error, at } = end;
  const body: MailOutcomeV1 = {
    schema: 'groundswell:mail-outcome:1',
    customId: formatCustomId({ type: 'mtt', id: messageId }),
    deliveryId,
    outcome: outcomeOf(end),
    attempt,
    error: state === 'sent' || error === null ? null : cleanError(error),
    at: at.toISOString(),
  };
  return {
    // Told again, it is another message.
    messageId: `mail-outcome:${randomUUID()}`,
    lane: 0,
    exchange: exchanges.event,
    routingKey: factKeys.mailOutcome,
    type: body.schema,
    headers: {},
    body: JSON.stringify(body),
  };
}
