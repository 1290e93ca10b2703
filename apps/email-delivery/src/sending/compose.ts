import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { OutgoingMail } from '../providers/mail-provider';

/** A mail ready for its provider, or why there is none: `refused` for good, `later` when it may become possible. */
export type Composed =
  | { kind: 'mail'; mail: OutgoingMail }
  | { kind: 'refused'; reason: string }
  | {
      kind: 'later';
      reason: string;
      /** The transactional backend has no such template: the email backend sends this mail. */
      isForEmailBackend?: boolean;
    };

export interface Composer {
  compose(delivery: ClaimedDelivery, account: OpenAccount): Promise<Composed>;
}
