import { Inject, Injectable } from '@nestjs/common';
import {
  Consumes,
  done,
  type BatchHandler,
  type BatchItem,
  type Envelope,
  type Outcome,
  type ParkedMessage,
} from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { ParkedRepository } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { deathsOf, homeOf } from './dead-message';

const reason = 'no way home';

/** Parks what found no way home under the queue it was on its way to, so that replaying sends it there. Twice is safe: a
 *  queue and a message id have one row. Order does not matter. */
@Consumes('dead')
@Injectable()
export class DeadMessageHandler implements BatchHandler<Buffer> {
  constructor(
    @Inject(ParkedRepository) private readonly parked: ParkedRepository,
    @Inject(appLogger) private readonly logger: Logger,
  ) {}

  async handleBatch(items: BatchItem<Buffer>[]): Promise<Outcome[]> {
    const rows = items.map(parkedRow);
    await this.parked.park(rows);
    items.forEach(({ envelope }, index) => this.report(envelope, rows[index]?.queue));
    return items.map(() => done());
  }

  private report({ messageId, orgId, headers }: Envelope, queue: string | undefined): void {
    const fields = { consumer: 'dead', queue, messageId, orgId, actionId: headers['action_id'], reason };
    this.logger.error(fields, 'message parked');
  }
}

const parkedRow = ({ message, envelope }: BatchItem<Buffer>): ParkedMessage => ({
  queue: homeOf(envelope),
  messageId: envelope.messageId,
  reason,
  details: { exchange: envelope.exchange, routingKey: envelope.routingKey, deaths: deathsOf(envelope) },
  body: message,
  headers: envelope.headers,
});
