import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';
import { IntakeRepository } from './intake.repository';
import { RankRepository } from './rank.repository';

/** What may have changed. */
export interface ChangedActions {
  actionIds: readonly number[];
  /** All of whose actions may have changed. */
  supporterIds?: readonly number[];
}

/**
 * Brings mtt.message_states in line with the actions as they stand now: new messages get a row and a rank, those that must
 * not go any more are cancelled and give their place to the next. Reads the truth, so repeated and late news end alike.
 */
export class MessageIntake {
  constructor(private readonly database: Database) {}

  async refresh({ actionIds, supporterIds = [] }: ChangedActions): Promise<{ added: number; cancelled: number }> {
    if (actionIds.length === 0 && supporterIds.length === 0) return { added: 0, cancelled: 0 };
    return this.database.transaction(async (manager) => {
      const intake = new IntakeRepository(manager);
      await intake.lock();
      const added = await intake.insert(actionIds);
      const waiting = await intake.waitingOf(actionIds, supporterIds);
      const cancelled = waiting.length > 0 ? await intake.withdraw(waiting) : [];
      await new RankRepository(manager).rank([...added, ...cancelled]);
      return { added: added.length, cancelled: cancelled.length };
    });
  }

  /** Of these, cancels what must not go any more. */
  async withdraw(messageIds: readonly number[]): Promise<number> {
    if (messageIds.length === 0) return 0;
    return this.database.transaction((manager) => withdrawWithin(manager, messageIds));
  }
}

async function withdrawWithin(manager: EntityManager, messageIds: readonly number[]): Promise<number> {
  const intake = new IntakeRepository(manager);
  await intake.lock();
  const cancelled = await intake.withdraw(messageIds);
  await new RankRepository(manager).rank(cancelled);
  return cancelled.length;
}
