import type { EntityManager } from 'typeorm';
import { requeuedMessageId } from '@groundswell/contracts';
import { preparedQuery, type Catalogue, type OutboxMessage, type OutboxRepository } from '@groundswell/persistence';
import type { RequeuePurpose } from './requeue-destination';
import { rebuildPage, type SkipReason, type StageRebuilder } from './stage-rebuilder';

export interface Requeued {
  /** Actions that processing.md §8.1 selects. */
  selected: number;
  queued: number[];
  failed: { actionId: number; reason: SkipReason }[];
}

/**
 * A person asks for messages again (processing.md §8.1): a new purpose, so the ids end in `:r<n>` and it mails again. Each
 * call is one purpose; calling twice sends twice, so a caller that may repeat itself notes its own id in the transaction.
 */
export class ActionRequeuer {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly outbox: OutboxRepository,
    private readonly rebuilder: StageRebuilder,
  ) {}

  /** Writes outbox rows in the caller's transaction; the relay sends them once the org's queues are whole. */
  async requeue(
    manager: EntityManager,
    orgId: number,
    actionIds: number[],
    purpose: RequeuePurpose,
  ): Promise<Requeued> {
    await this.catalogue.refresh();
    const number = await this.nextNumber(manager, orgId, purpose);
    const result: Requeued = { selected: 0, queued: [], failed: [] };
    const ids = [...new Set(actionIds)];
    for (let from = 0; from < ids.length; from += rebuildPage) {
      const rebuilt = await this.rebuilder.rebuild(manager, orgId, purpose, ids.slice(from, from + rebuildPage));
      const messages: OutboxMessage[] = [];
      for (const one of rebuilt) {
        const { actionId, isSelected } = one;
        if (isSelected) result.selected += 1;
        if (one.skipped !== undefined) result.failed.push({ actionId, reason: one.skipped });
        // Whoever asks must hold a record of the person, a collector too.
        else if (!isSelected) result.failed.push({ actionId, reason: 'no_contact' });
        else {
          result.queued.push(actionId);
          messages.push({ ...one.message, messageId: requeuedMessageId(one.message.messageId, number) });
        }
      }
      await this.outbox.insert(manager, messages, false);
    }
    return result;
  }

  private async nextNumber(manager: EntityManager, orgId: number, purpose: RequeuePurpose): Promise<number> {
    const [row] = await preparedQuery<{ number: number }>(
      manager,
      'insert into actions.requeues (org_id, queue) values ($1, $2) returning number',
      [orgId, purpose],
    );
    if (!row) throw new Error('no number for a requeue');
    return row.number;
  }
}
