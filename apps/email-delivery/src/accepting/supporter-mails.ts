import { done, drop, TransientError, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { Catalogue } from '@groundswell/persistence';
import type { DeliveryDraft } from '../deliveries/delivery';
import type { DeliveryIntake } from './delivery-intake';
import type { SupporterAction } from './supporter-action';
import { supporterDraft, type DraftOutcome } from './supporter-draft';

/** Turns a batch of actions into rows: both supporter stages are decided alike. */
export class SupporterMails {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly intake: DeliveryIntake,
    private readonly publicUrl: string,
  ) {}

  async take(items: BatchItem<SupporterAction>[]): Promise<Outcome[]> {
    let decided = this.decide(items);
    if (decided.some(({ kind }) => kind === 'unknown page')) {
      // The page may be younger than the last comparison.
      await this.catalogue.refresh();
      decided = this.decide(items);
    }
    const drafts: DeliveryDraft[] = [];
    const outcomes = decided.map((outcome): Outcome => {
      if (outcome.kind === 'draft') drafts.push(outcome.draft);
      if (outcome.kind === 'no mail') return drop(outcome.reason);
      return outcome.kind === 'draft' ? done() : drop('page is gone');
    });
    await this.intake.accept(drafts);
    return outcomes;
  }

  private decide(items: BatchItem<SupporterAction>[]): DraftOutcome[] {
    const { catalogue, publicUrl } = this;
    if (catalogue.version === 0) throw new TransientError('the catalogue is not loaded yet');
    return items.map(({ message, envelope }) => supporterDraft(message, envelope, { catalogue, publicUrl }));
  }
}
