import { Inject, Injectable } from '@nestjs/common';
import { Consumes, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { SupporterAction } from './supporter-action';
import { SupporterMails } from './supporter-mails';

/** A supporter has to confirm an action: its mail becomes a row. Twice is safe: a
 *  purpose has one row. Order does not matter. */
@Consumes('supporter-confirms')
@Injectable()
export class SupporterConfirmHandler implements BatchHandler<SupporterAction> {
  constructor(@Inject(SupporterMails) private readonly mails: SupporterMails) {}

  handleBatch(items: BatchItem<SupporterAction>[]): Promise<Outcome[]> {
    return this.mails.take(items);
  }
}
