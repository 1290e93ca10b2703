import { Inject, Injectable } from '@nestjs/common';
import { Consumes, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import { PushIntake } from './push-intake';
import type { PushedMessage } from './pushed-message';

/** Takes over what waits in the orgs' own webhook queues. Twice is safe: a message of an org has one row. Order does not
 *  matter. */
@Consumes('webhooks')
@Injectable()
export class WebhookMessagesHandler implements BatchHandler<PushedMessage> {
  constructor(@Inject(PushIntake) private readonly intake: PushIntake) {}

  handleBatch(items: BatchItem<PushedMessage>[]): Promise<Outcome[]> {
    return this.intake.take(items);
  }
}
