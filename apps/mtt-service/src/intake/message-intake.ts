import type { EntityManager } from 'typeorm';
import type { ReferenceMove } from '@groundswell/contracts';
import type { Database } from '@groundswell/persistence';
import { IntakeRepository } from './intake.repository';
import { MovedReferenceRepository } from './moved-reference.repository';
import { RankRepository } from './rank.repository';

/** What may have changed. */
export interface ChangedActions {
  actionIds: readonly number[];
  /** All of whose actions may have changed. */
  supporterIds?: readonly number[];
}

/**
 * Brings mtt.message_states in line with the actions as they stand now: new messages get a row and a rank, those that must
 * not go any more are cancelled and give their place to the next, in a transaction of their own. Reads the truth, so repeated and late
 * news end alike.
 */
export class MessageIntake {
  constructor(private readonly database: Database) {}

  async refresh({ actionIds, supporterIds = [] }: ChangedActions): Promise<{ added: number; cancelled: number }> {
    if (actionIds.length === 0 && supporterIds.length === 0) return { added: 0, cancelled: 0 };
    const added = actionIds.length > 0 ? await this.add(actionIds) : 0;
    const waiting = await this.database.run((manager) =>
      new IntakeRepository(manager).waitingOf(actionIds, supporterIds),
    );
    return { added, cancelled: await this.withdraw(waiting) };
  }

  private add(actionIds: readonly number[]): Promise<number> {
    return this.database.transaction(async (manager) => {
      const intake = new IntakeRepository(manager);
      await intake.lock();
      const added = await intake.insert(actionIds);
      const moved = await new MovedReferenceRepository(manager).moveFormerOf(added);
      await new RankRepository(manager).rank([...added, ...moved]);
      return added.length;
    });
  }

  /** Persons who have another reference now: theirs is ranked as one person's. What was handed over keeps its place. */
  async movePersons(moves: readonly ReferenceMove[]): Promise<void> {
    if (moves.length === 0) return;
    await this.database.transaction(async (manager) => {
      await new IntakeRepository(manager).lock();
      const references = new MovedReferenceRepository(manager);
      const moved = await references.moveMessagesOf(moves.map(({ to }) => bytesOf(to)));
      await references.moveReplies(moves.map(({ from }) => bytesOf(from)));
      await new RankRepository(manager).rank(moved);
    });
  }

  /** Of these, cancels what must not go any more. */
  async withdraw(messageIds: readonly number[]): Promise<number> {
    if (messageIds.length === 0) return 0;
    const gone = await this.database.run((manager) => new IntakeRepository(manager).goneOf(messageIds));
    if (gone.length === 0) return 0;
    return this.database.transaction((manager) => withdrawWithin(manager, gone));
  }

  /** Of these tests, removes those whose message is gone. Other rows stay: they say who was written to already. */
  forgetRemoved(messageIds: readonly number[]): Promise<number> {
    return this.database.transaction(async (manager) => {
      const intake = new IntakeRepository(manager);
      await intake.lock();
      return intake.forgetRemoved(messageIds);
    });
  }
}

const bytesOf = (ref: string): Buffer => Buffer.from(ref, 'base64url');

async function withdrawWithin(manager: EntityManager, messageIds: readonly number[]): Promise<number> {
  const intake = new IntakeRepository(manager);
  await intake.lock();
  await intake.lockWithOthers(messageIds);
  const cancelled = await intake.withdraw(messageIds);
  await new RankRepository(manager).rank(cancelled);
  return cancelled.length;
}
