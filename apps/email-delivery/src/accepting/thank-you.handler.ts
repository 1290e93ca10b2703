import { Inject, Injectable } from '@nestjs/common';
import { Consumes, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { SupporterAction } from './supporter-action';
import { SupporterMails } from './supporter-mails';

/** An action was delivered: the mail that thanks for it, or tells of a repeat, becomes a row. Twice is safe: a
 *  purpose has one row. Order does not matter. */
@Consumes('thank-yous')
@Injectable()
export class ThankYouHandler implements BatchHandler<SupporterAction> {
  constructor(@Inject(SupporterMails) private readonly mails: SupporterMails) {}

  handleBatch(items: BatchItem<SupporterAction>[]): Promise<Outcome[]> {
    return this.mails.take(items);
  }
}
