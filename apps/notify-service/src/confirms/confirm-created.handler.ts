import { Inject, Injectable } from '@nestjs/common';
import type { ConfirmCreatedV1 } from '@groundswell/contracts';
import { Consumes, done, drop, type MessageHandler, type Outcome } from '@groundswell/messaging';
import { ConfirmMetrics } from './confirm-metrics';
import { ConfirmNotifier, isAskedByMail } from './confirm-notifier';

/** A confirm was created: asks for its mails (email-and-mtt.md §6.1). Twice is safe: see ConfirmNotifier. Order does not
 *  matter. */
@Consumes('facts')
@Injectable()
export class ConfirmCreatedHandler implements MessageHandler<ConfirmCreatedV1> {
  constructor(
    @Inject(ConfirmNotifier) private readonly notifier: ConfirmNotifier,
    @Inject(ConfirmMetrics) private readonly metrics: ConfirmMetrics,
  ) {}

  async handle({ confirmId, operation }: ConfirmCreatedV1): Promise<Outcome> {
    if (!isAskedByMail(operation)) return drop('not asked by mail', { confirmId });
    const { outcome, mails } = await this.notifier.notify(confirmId);
    this.metrics.handled('fact', outcome, mails);
    return outcome === 'requested' ? done() : drop(outcome, { confirmId });
  }
}
