import type { Database } from '@groundswell/persistence';
import type { AddressHash } from '../deliveries/address-hash';
import type { DeliveryDraft } from '../deliveries/delivery';
import { DeliveryRepository } from '../deliveries/delivery.repository';
import type { MailMetrics } from '../sending/mail-metrics';
import type { MailSender } from '../sending/mail-sender';

/** Gives drafts their rows, in one statement. A purpose that has one keeps it, however often it comes. */
export class DeliveryIntake {
  constructor(
    private readonly database: Database,
    private readonly sender: Pick<MailSender, 'wake'>,
    private readonly metrics: Pick<MailMetrics, 'accept'>,
    private readonly addressHash: AddressHash,
  ) {}

  async accept(drafts: readonly DeliveryDraft[]): Promise<void> {
    if (drafts.length === 0) return;
    const { addressHash } = this;
    const kinds = await this.database.run((manager) => new DeliveryRepository(manager).insertOnce(drafts, addressHash));
    if (kinds.length === 0) return;
    for (const kind of kinds) this.metrics.accept(kind);
    this.sender.wake();
  }
}
