import type { MailEvent } from '../mail-event';
import type { DeliveryTimes } from './delivery-row';

const earlier = (a: Date | null, b: Date): Date => (a !== null && a.getTime() <= b.getTime() ? a : b);

/** For good: the address gets nothing of this mail. */
export const isFinalFailure = ({ type, severity }: Pick<MailEvent, 'type' | 'severity'>): boolean =>
  type === 'blocked' || (type === 'failed' && severity === 'permanent');

/**
 * Times after one more event (email-events.md §7). A permanent failure takes `deliveredAt` away for good. The result of many
 * events does not depend on their order.
 */
export function afterEvent(times: DeliveryTimes, event: MailEvent): DeliveryTimes {
  const { at, type, isMachine } = event;
  if (isFinalFailure(event)) return { ...times, deliveredAt: null, bouncedAt: earlier(times.bouncedAt, at) };
  if (type === 'delivered') {
    return times.bouncedAt === null ? { ...times, deliveredAt: earlier(times.deliveredAt, at) } : times;
  }
  if (isMachine) return times;
  if (type === 'opened') return { ...times, openedAt: earlier(times.openedAt, at) };
  if (type === 'clicked') return { ...times, clickedAt: earlier(times.clickedAt, at) };
  return times;
}

export const isSame = (a: DeliveryTimes, b: DeliveryTimes): boolean =>
  a.deliveredAt?.getTime() === b.deliveredAt?.getTime() &&
  a.openedAt?.getTime() === b.openedAt?.getTime() &&
  a.clickedAt?.getTime() === b.clickedAt?.getTime() &&
  a.bouncedAt?.getTime() === b.bouncedAt?.getTime();
