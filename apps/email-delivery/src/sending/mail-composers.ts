import { isTargetCustomId } from '@groundswell/domain';
import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { Composed, Composer } from './compose';

/** Mails an org writes, and those its supporters write to targets. */
export class MailComposers implements Composer {
  constructor(
    private readonly own: Composer,
    private readonly toTargets: Composer,
  ) {}

  compose(delivery: ClaimedDelivery, account: OpenAccount): Promise<Composed> {
    return (isTargetCustomId(delivery.customId) ? this.toTargets : this.own).compose(delivery, account);
  }
}
