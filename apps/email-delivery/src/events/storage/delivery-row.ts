import type { DeliveryState } from '../../deliveries/delivery';
import type { KeyedEvent } from './keyed-event';

/** When a provider said what of one mail; the earliest time of each. A machine's opens and clicks are not among them. */
export interface DeliveryTimes {
  deliveredAt: Date | null;
  openedAt: Date | null;
  clickedAt: Date | null;
  /** Of a permanent failure. */
  bouncedAt: Date | null;
}

/** A row of mail.deliveries as events change it. */
export interface DeliveryRow extends DeliveryTimes {
  id: number;
  orgId: number;
  actionId: number | null;
  /** The supporter's contactRef; null once the row is tidied. */
  ref: Buffer | null;
  serviceId: number | null;
  /** Kind of that account; null once it is deleted. */
  provider: string | null;
  customId: string | null;
  addressHash: Buffer;
  mailingId: number | null;
  state: DeliveryState;
}

/** A mail and what is new about it. */
export interface MailNews {
  row: DeliveryRow;
  /** Not applied before. */
  events: KeyedEvent[];
}
