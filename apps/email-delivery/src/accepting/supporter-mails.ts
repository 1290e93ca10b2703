import type { NoMailReason } from '@groundswell/domain';
import { done, drop, TransientError, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { Catalogue } from '@groundswell/persistence';
import type { DeliveryDraft } from '../deliveries/delivery';
import type { DeliveryIntake } from './delivery-intake';
import type { SupporterAction } from './supporter-action';
import { supporterDraft, type DraftOutcome } from './supporter-draft';

/** What an org may have changed a moment ago: its settings, or those of campaign and page. */
const reasonsInSettings: ReadonlySet<NoMailReason> = new Set<NoMailReason>([
  'no email backend',
  'no email_from',
  'no confirm template',
  'no thank-you template',
  'no communication consent',
]);
const mayBeOutdated = (outcome: DraftOutcome): boolean =>
  outcome.kind === 'unknown page' || (outcome.kind === 'no mail' && reasonsInSettings.has(outcome.reason));

/** Turns a batch of actions into rows: both supporter stages are decided alike. */
export class SupporterMails {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly intake: DeliveryIntake,
    private readonly publicUrl: string,
  ) {}

  async take(items: BatchItem<SupporterAction>[]): Promise<Outcome[]> {
    let decided = this.decide(items);
    if (decided.some(mayBeOutdated)) {
      // Whoever stored the action may have seen settings that this service has not: nobody goes without a mail for that.
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
