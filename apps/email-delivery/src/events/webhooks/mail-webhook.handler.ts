import { Inject, Injectable } from '@nestjs/common';
import type { MailWebhookV1 } from '@groundswell/contracts';
import { Consumes, done, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { WebhookApplier } from './webhook-applier';
import { WebhookRepository } from './webhook.repository';

/** What providers told the gateway is stored as it came; it is applied from there. Twice is safe: a call has one row, also when the
 *  provider repeats it. Order does not matter. */
@Consumes('mail-webhooks')
@Injectable()
export class MailWebhookHandler implements BatchHandler<MailWebhookV1> {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(WebhookApplier) private readonly applier: WebhookApplier,
  ) {}

  async handleBatch(items: BatchItem<MailWebhookV1>[]): Promise<Outcome[]> {
    await this.database.run((manager) =>
      new WebhookRepository(manager).insertOnce(items.map(({ message }) => message)),
    );
    this.applier.wake();
    return items.map(() => done());
  }
}
