import type { EntityManager } from 'typeorm';
import { boolArray, byteaArray, int4Array, int8Array, textArray, timestamptzArray } from '@groundswell/persistence';
import type { ContactChange } from './contact-changes';
import type { DeliveryTimes, MailNews } from './delivery-row';
import type { Failure } from './failure';
import { isFinalFailure } from './delivery-times';
import { targetIdOnly } from '../../deliveries/delivery.repository';

export interface ChangedDelivery extends DeliveryTimes {
  id: number;
  /** It was not certain that the provider has it: now it is. Null where that was known. */
  sentAt: Date | null;
}

export interface Suppression {
  serviceId: number;
  addressHash: Buffer;
  reason: 'bounce' | 'spam';
  deliveryId: number;
  at: Date;
}

/**
 * What one page of events changes in schema `mail`, a statement for each table and all of it in the caller's transaction,
 * which holds the rows of mail.deliveries. Tables are always written in the order of these methods and rows sorted, so that
 * two pages wait for each other but never in a circle.
 */
export class OutcomeRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Keys of those that were not known. */
  async insertEvents(mails: readonly MailNews[]): Promise<Set<string>> {
    const rows = mails.flatMap(({ row, events }) => events.map((keyed) => ({ ...keyed, id: row.id })));
    const inserted: { key: Buffer }[] = await this.manager.query(
      `insert into mail.events (event_key, delivery_id, type, severity, is_machine, error_code, at)
       select * from unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::int[], $7::timestamptz[])
           as e (event_key, delivery_id, type, severity, is_machine, error_code, at)
        order by event_key
       on conflict do nothing returning event_key as key`,
      [
        byteaArray(rows.map(({ key }) => key)),
        int8Array(rows.map(({ id }) => id)),
        textArray(rows.map(({ event }) => event.type)),
        textArray(rows.map(({ event }) => severityOf(event))),
        boolArray(rows.map(({ event }) => event.isMachine)),
        int4Array(rows.map(({ event }) => codeOf(event.error?.code))),
        timestamptzArray(rows.map(({ event }) => event.at)),
      ],
    );
    return new Set(inserted.map(({ key }) => key.toString('latin1')));
  }

  async findFailures(deliveryIds: readonly number[]): Promise<Map<number, Failure>> {
    if (deliveryIds.length === 0) return new Map();
    const rows: (Failure & { deliveryId: number })[] = await this.manager.query(
      `select delivery_id as "deliveryId", severity, code, enhanced_code as "enhancedCode", message, failed_at as "failedAt",
              event_key as "eventKey", attempts, is_suppressed as "isSuppressed"
         from mail.failures where delivery_id = any($1::bigint[])`,
      [int8Array(deliveryIds)],
    );
    return new Map(rows.map((row) => [row.deliveryId, row]));
  }

  /** A mail that its provider knows was sent, whatever the sender saw of it; what a sent row may not hold goes. */
  async updateDeliveries(rows: readonly ChangedDelivery[]): Promise<void> {
    if (rows.length === 0) return;
    await this.manager.query(
      `update mail.deliveries d
          set delivered_at = c.delivered_at, opened_at = c.opened_at, clicked_at = c.clicked_at, bounced_at = c.bounced_at,
              updated_at = now()
         from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
              as c (id, delivered_at, opened_at, clicked_at, bounced_at)
        where d.id = c.id`,
      [
        int8Array(rows.map(({ id }) => id)),
        timestamptzArray(rows.map(({ deliveredAt }) => deliveredAt)),
        timestamptzArray(rows.map(({ openedAt }) => openedAt)),
        timestamptzArray(rows.map(({ clickedAt }) => clickedAt)),
        timestamptzArray(rows.map(({ bouncedAt }) => bouncedAt)),
      ],
    );
    await this.markSent(rows.filter(({ sentAt }) => sentAt !== null));
  }

  private async markSent(rows: readonly ChangedDelivery[]): Promise<void> {
    if (rows.length === 0) return;
    await this.manager.query(
      `update mail.deliveries d
          set state = 'sent', sent_at = coalesce(d.sent_at, c.sent_at), error = null, claimed_until = null,
              recipient = null, variables = null, ${targetIdOnly}
         from unnest($1::bigint[], $2::timestamptz[]) as c (id, sent_at)
        where d.id = c.id`,
      [int8Array(rows.map(({ id }) => id)), timestamptzArray(rows.map(({ sentAt }) => sentAt))],
    );
  }

  async saveFailures(failures: ReadonlyMap<number, Failure>): Promise<void> {
    if (failures.size === 0) return;
    const rows = [...failures].sort(([a], [b]) => a - b);
    const column = <T>(read: (failure: Failure) => T): T[] => rows.map(([, failure]) => read(failure));
    await this.manager.query(
      `insert into mail.failures (delivery_id, severity, code, enhanced_code, message, failed_at, event_key, attempts, is_suppressed)
       select * from unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::bytea[],
                            $8::int[], $9::boolean[])
       on conflict (delivery_id) do update
          set severity = excluded.severity, code = excluded.code, enhanced_code = excluded.enhanced_code,
              message = excluded.message, failed_at = excluded.failed_at, event_key = excluded.event_key,
              attempts = excluded.attempts, is_suppressed = excluded.is_suppressed`,
      [
        int8Array(rows.map(([id]) => id)),
        textArray(column(({ severity }) => severity)),
        int4Array(column(({ code }) => code)),
        textArray(column(({ enhancedCode }) => enhancedCode)),
        textArray(column(({ message }) => message)),
        timestamptzArray(column(({ failedAt }) => failedAt)),
        byteaArray(column(({ eventKey }) => eventKey)),
        int4Array(column(({ attempts }) => attempts)),
        boolArray(column(({ isSuppressed }) => isSuppressed)),
      ],
    );
  }

  /** A temporary failure is over once the mail was delivered, and not over again when that turns out wrong. */
  async resolveFailures(deliveryIds: readonly number[]): Promise<void> {
    if (deliveryIds.length === 0) return;
    await this.manager.query(
      `update mail.failures f set resolved_at = case when f.severity = 'temporary' then d.delivered_at end
         from mail.deliveries d
        where f.delivery_id = any($1::bigint[]) and d.id = f.delivery_id
          and f.resolved_at is distinct from case when f.severity = 'temporary' then d.delivered_at end`,
      [int8Array(deliveryIds)],
    );
  }

  async insertComplaints(complaints: readonly { deliveryId: number; at: Date }[]): Promise<void> {
    if (complaints.length === 0) return;
    const rows = complaints.toSorted((a, b) => a.deliveryId - b.deliveryId);
    await this.manager.query(
      `insert into mail.complaints as c (delivery_id, at) select * from unnest($1::bigint[], $2::timestamptz[])
       on conflict (delivery_id) do update set at = excluded.at where excluded.at < c.at`,
      [int8Array(rows.map(({ deliveryId }) => deliveryId)), timestamptzArray(rows.map(({ at }) => at))],
    );
  }

  /** The earliest reason stays. */
  async insertSuppressions(suppressions: readonly Suppression[]): Promise<void> {
    if (suppressions.length === 0) return;
    await this.manager.query(
      `insert into mail.suppressions as s (service_id, address_hash, reason, delivery_id, created_at)
       select distinct on (service_id, address_hash) n.*
         from unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::timestamptz[])
           as n (service_id, address_hash, reason, delivery_id, created_at)
        order by service_id, address_hash, created_at, delivery_id, reason
       on conflict (service_id, address_hash) do update
          set reason = excluded.reason, delivery_id = excluded.delivery_id, created_at = excluded.created_at
        where (excluded.created_at, excluded.delivery_id, excluded.reason) < (s.created_at, s.delivery_id, s.reason)`,
      [
        int8Array(suppressions.map(({ serviceId }) => serviceId)),
        byteaArray(suppressions.map(({ addressHash }) => addressHash)),
        textArray(suppressions.map(({ reason }) => reason)),
        int8Array(suppressions.map(({ deliveryId }) => deliveryId)),
        timestamptzArray(suppressions.map(({ at }) => at)),
      ],
    );
  }

  /** Last seen moves on at the first sign of a later day (UTC), so it is written once a day (email-events.md §8.2). */
  async saveContacts(contacts: readonly ContactChange[]): Promise<void> {
    if (contacts.length === 0) return;
    const rows = contacts.toSorted((a, b) => a.orgId - b.orgId || a.ref.compare(b.ref));
    await this.manager.query(saveContactsSql, [
      int8Array(rows.map(({ orgId }) => orgId)),
      byteaArray(rows.map(({ ref }) => ref)),
      timestamptzArray(rows.map(({ seenAt }) => seenAt)),
      int4Array(rows.map(({ mails }) => mails)),
      int4Array(rows.map(({ opened }) => opened)),
    ]);
  }
}

const day = (time: string): string => `date_trunc('day', ${time} at time zone 'utc')`;
const isSeenAnew = `(excluded.last_seen_at is not null and (s.last_seen_at is null
    or ${day('excluded.last_seen_at')} > ${day('s.last_seen_at')}
    or (${day('excluded.last_seen_at')} = ${day('s.last_seen_at')} and excluded.last_seen_at < s.last_seen_at)))`;
const saveContactsSql = `
insert into mail.contact_seen as s (org_id, ref, last_seen_at, mails, opened)
select * from unnest($1::bigint[], $2::bytea[], $3::timestamptz[], $4::int[], $5::int[])
on conflict (org_id, ref) do update
   set mails = s.mails + excluded.mails, opened = s.opened + excluded.opened,
       last_seen_at = case when ${isSeenAnew} then excluded.last_seen_at else s.last_seen_at end
 where excluded.mails <> 0 or excluded.opened <> 0 or ${isSeenAnew}`;

const largestCode = 2_147_483_647;
const codeOf = (code: unknown): number | null =>
  Number.isInteger(code) && Math.abs(code as number) <= largestCode ? (code as number) : null;

const severityOf = (event: MailNews['events'][number]['event']): string | null => {
  if (isFinalFailure(event)) return 'permanent';
  return event.type === 'failed' ? 'temporary' : null;
};
