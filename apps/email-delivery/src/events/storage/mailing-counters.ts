import type { EntityManager } from 'typeorm';
import { int4Array, int8Array } from '@groundswell/persistence';
import type { DeliveryRow, DeliveryTimes } from './delivery-row';

/** What a page adds to the counts of one mailing. */
export interface MailingChange {
  mailingId: number;
  delivered: number;
  opened: number;
  clicked: number;
  failed: number;
}

const step = (before: Date | null, after: Date | null): number => Number(after !== null) - Number(before !== null);

/** Counted by transition of a row's times: a repeat counts nothing, a late bounce takes its delivery back. */
export function countTransitions(changes: readonly { row: DeliveryRow; after: DeliveryTimes }[]): MailingChange[] {
  const mailings = new Map<number, MailingChange>();
  for (const { row, after } of changes) {
    if (row.mailingId === null) continue;
    const change = mailings.get(row.mailingId) ?? {
      mailingId: row.mailingId,
      delivered: 0,
      opened: 0,
      clicked: 0,
      failed: 0,
    };
    change.delivered += step(row.deliveredAt, after.deliveredAt);
    change.opened += step(row.openedAt, after.openedAt);
    change.clicked += step(row.clickedAt, after.clickedAt);
    change.failed += step(row.bouncedAt, after.bouncedAt);
    mailings.set(row.mailingId, change);
  }
  return [...mailings.values()].filter((m) => m.delivered !== 0 || m.opened !== 0 || m.clicked !== 0 || m.failed !== 0);
}

/** In the transaction that changes the rows, after them. Mailings are locked in the order of their ids. */
export async function addToMailings(manager: EntityManager, changes: readonly MailingChange[]): Promise<void> {
  if (changes.length === 0) return;
  await manager.query(
    `with held as (select id from mail.mailings where id = any($1::bigint[]) order by id for no key update)
     update mail.mailings m
        set delivered_count = m.delivered_count + c.delivered, opened_count = m.opened_count + c.opened,
            clicked_count = m.clicked_count + c.clicked, failed_count = m.failed_count + c.failed
       from unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[])
              as c (id, delivered, opened, clicked, failed)
       join held using (id)
      where m.id = c.id`,
    [
      int8Array(changes.map(({ mailingId }) => mailingId)),
      int4Array(changes.map(({ delivered }) => delivered)),
      int4Array(changes.map(({ opened }) => opened)),
      int4Array(changes.map(({ clicked }) => clicked)),
      int4Array(changes.map(({ failed }) => failed)),
    ],
  );
}
