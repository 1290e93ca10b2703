import type { EntityManager } from 'typeorm';
import { isTargetCustomId } from '@groundswell/domain';
import type { Logger } from '@groundswell/observability';
import type { ClaimedDelivery } from '../deliveries/delivery';
import { TargetMailRepository } from './target-mail.repository';
import type { TargetOutcomes } from './target-outcomes';

/** Those of claimed mails that go to targets. */
export const targetIdsOf = (deliveries: readonly Pick<ClaimedDelivery, 'id' | 'customId'>[]): number[] =>
  deliveries.filter(({ customId }) => isTargetCustomId(customId)).map(({ id }) => id);

/** What a call does besides for mails to targets: their own last look, and answers to mtt-service. */
export class TargetMails {
  constructor(
    private readonly outcomes: TargetOutcomes,
    private readonly logger: Logger,
  ) {}

  /** What may not go now (email-and-mtt.md §5.4) ends in this transaction and is told. */
  async stop(manager: EntityManager, token: string, deliveryIds: readonly number[]): Promise<void> {
    const stopped = await new TargetMailRepository(manager).stop(token, deliveryIds);
    if (stopped.length === 0) return;
    await this.outcomes.tell(
      manager,
      stopped.map(({ id }) => id),
    );
    for (const { purpose, reason } of stopped) this.logger.info({ purpose, reason }, 'mail to a target not sent now');
  }

  async tell(manager: EntityManager, deliveryIds: readonly number[]): Promise<void> {
    await this.outcomes.tell(manager, deliveryIds);
  }
}
