import { isTargetCustomId } from '@groundswell/domain';
import type { DeliveryTimes, MailNews } from './delivery-row';

/** What a page says of one supporter of an org. */
export interface ContactChange {
  orgId: number;
  ref: Buffer;
  /** First sign of the last day with any. */
  seenAt: Date | null;
  /** More mails that reached them: delivered or opened. */
  mails: number;
  opened: number;
}

const dayMs = 86_400_000;
const dayOf = (at: Date): number => Math.floor(at.getTime() / dayMs);

/** Last seen after one more sign: the first of a later day (UTC), or an earlier one of the same. */
export const seenAfter = (seenAt: Date | null, at: Date): Date =>
  seenAt === null || dayOf(at) > dayOf(seenAt) || (dayOf(at) === dayOf(seenAt) && at < seenAt) ? at : seenAt;

const hasReached = ({ deliveredAt, openedAt }: DeliveryTimes): boolean => deliveredAt !== null || openedAt !== null;

/** Counted by transition, so that a repeat counts nothing; machines are nobody. */
export function contactChanges(changes: readonly { mail: MailNews; after: DeliveryTimes }[]): ContactChange[] {
  const contacts = new Map<string, ContactChange>();
  for (const { mail, after } of changes) {
    const { row, events } = mail;
    // Whoever opens a mail to a target is not its supporter.
    if (row.ref === null || isTargetCustomId(row.customId)) continue;
    const name = `${row.orgId}:${row.ref.toString('latin1')}`;
    const contact = contacts.get(name) ?? { orgId: row.orgId, ref: row.ref, seenAt: null, mails: 0, opened: 0 };
    contact.mails += Number(hasReached(after)) - Number(hasReached(row));
    contact.opened += Number(after.openedAt !== null) - Number(row.openedAt !== null);
    for (const { event } of events) {
      const isSign = !event.isMachine && (event.type === 'opened' || event.type === 'clicked');
      if (isSign) contact.seenAt = seenAfter(contact.seenAt, event.at);
    }
    contacts.set(name, contact);
  }
  return [...contacts.values()].filter(({ seenAt, mails, opened }) => seenAt !== null || mails !== 0 || opened !== 0);
}
