import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';
import type { AddressHash } from '../deliveries/address-hash';
import { DeliveryRepository } from '../deliveries/delivery.repository';
import type { MailMetrics } from '../sending/mail-metrics';
import type { MailSender } from '../sending/mail-sender';
import type { TargetDraft } from './target-mail';
import { TargetMailRepository } from './target-mail.repository';
import type { TargetOutcomes } from './target-outcomes';

/**
 * Gives mails to targets their rows. A purpose that has one keeps it: what was returned is queued again by a later asking, and
 * of all else that ended the outcome is told again. Order matters only among askings for one message, which are numbered.
 */
export class TargetIntake {
  constructor(
    private readonly database: Database,
    private readonly sender: Pick<MailSender, 'wake'>,
    private readonly metrics: Pick<MailMetrics, 'accept'>,
    private readonly addressHash: AddressHash,
    private readonly outcomes: TargetOutcomes,
  ) {}

  async accept(drafts: readonly TargetDraft[]): Promise<void> {
    for (const round of roundsOf(drafts)) {
      await this.database.transaction((manager) => this.take(manager, round));
    }
    if (drafts.length > 0) this.sender.wake();
  }

  private async take(manager: EntityManager, drafts: readonly TargetDraft[]): Promise<void> {
    const deliveries = drafts.map(({ delivery }) => delivery);
    const kinds = await new DeliveryRepository(manager).insertOnce(deliveries, this.addressHash);
    for (const kind of kinds) this.metrics.accept(kind);
    const targets = new TargetMailRepository(manager);
    const fresh = await targets.insertOnce(drafts);
    const again = drafts.filter(({ delivery }) => !fresh.has(delivery.purpose));
    if (again.length === 0) return;
    await targets.takeUp(again, this.addressHash);
    const others = await targets.askAgain(again);
    const purposes = again.map(({ delivery }) => delivery.purpose);
    await this.outcomes.tellOf(
      manager,
      purposes.filter((purpose) => !others.has(purpose)),
    );
    await this.outcomes.refuse(
      manager,
      again.filter(({ delivery }) => others.has(delivery.purpose)),
    );
  }
}

/** Each purpose once per round, in the order in which they came. */
export function roundsOf(drafts: readonly TargetDraft[]): TargetDraft[][] {
  const rounds: TargetDraft[][] = [];
  const turns = new Map<string, number>();
  for (const draft of drafts) {
    const turn = turns.get(draft.delivery.purpose) ?? 0;
    turns.set(draft.delivery.purpose, turn + 1);
    (rounds[turn] ??= []).push(draft);
  }
  return rounds;
}
