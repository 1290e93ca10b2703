import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, textArray, timestamptzArray } from '@groundswell/persistence';
import type { MailEvent } from '../mail-event';
import type { DeliveryRow, MailNews } from './delivery-row';
import type { KeyedEvent } from './keyed-event';

type FoundRow = DeliveryRow & { place: number };

/**
 * The rows the events are about, locked in the order of their ids: named by the event itself, else the recipient's mail
 * with the provider's message id, else their newest mail about the action. Always the recipient's own.
 */
const lookUp = `
select f.place::int as place, d.id, d.org_id::int as "orgId", d.action_id as "actionId", d.ref,
       d.service_id as "serviceId", s.name as provider, d.custom_id as "customId", d.address_hash as "addressHash",
       d.mailing_id as "mailingId", d.state, d.delivered_at as "deliveredAt", d.opened_at as "openedAt",
       d.clicked_at as "clickedAt", d.bounced_at as "bouncedAt"
  from (select w.place, w.hash,
               coalesce(w.id,
                        (select m.id from mail.deliveries m
                          where m.address_hash = w.hash and btrim(m.provider_message_id, '<>') = w.message_id
                          order by m.id desc limit 1),
                        (select a.id from mail.deliveries a
                          where a.address_hash = w.hash and a.action_id = w.action_id
                          order by a.created_at <= w.at desc, a.id desc limit 1)) as id
          from unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::timestamptz[])
               with ordinality as w (id, hash, message_id, action_id, at, place)) f
  join mail.deliveries d on d.id = f.id and d.address_hash = f.hash
  left join catalog.services s on s.id = d.service_id
 order by d.id for no key update of d`;

const idOrNull = (id: number | null): number | null => (id !== null && Number.isSafeInteger(id) && id > 0 ? id : null);

function actionIdOf(customId: string | null): number | null {
  const found = /^action:(\d{1,15})(?::|$)/.exec(customId ?? '');
  return found ? Number(found[1]) : null;
}

/** Text that Postgres takes. */
const textOrNull = (text: string | null): string | null => (text && !text.includes('\0') ? text : null);

/** Whoever speaks for one account says nothing of another one's mail. */
const mayTell = ({ provider, serviceId }: MailEvent, row: DeliveryRow): boolean =>
  (row.provider === null || row.provider === provider) && (serviceId === null || serviceId === row.serviceId);

/** One look-up for the whole page. Locked until the transaction ends. What has no row is missing from the result. */
export async function findMails(manager: EntityManager, keyed: readonly KeyedEvent[]): Promise<MailNews[]> {
  const found: FoundRow[] = await manager.query(lookUp, [
    int8Array(keyed.map(({ event }) => idOrNull(event.deliveryId))),
    byteaArray(keyed.map(({ addressHash }) => addressHash)),
    textArray(keyed.map(({ event }) => textOrNull(event.providerMessageId))),
    int8Array(keyed.map(({ event }) => actionIdOf(event.customId))),
    timestamptzArray(keyed.map(({ event }) => event.at)),
  ]);
  const mails = new Map<number, MailNews>();
  for (const { place, ...row } of found) {
    const event = keyed[place - 1];
    if (!event || !mayTell(event.event, row)) continue;
    const mail = mails.get(row.id);
    if (mail) mail.events.push(event);
    else mails.set(row.id, { row, events: [event] });
  }
  return [...mails.values()];
}
