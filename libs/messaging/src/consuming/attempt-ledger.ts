import type { AttemptCounts, AttemptStore } from './attempt-store';

const MAX_REMEMBERED = 100_000;

const keyOf = (queue: string, id: string): string => `${queue} ${id}`;

/** Attempts as one process sees them: only what an earlier process did, and did not survive, counts. What this process noted
 *  and lived through without settling (a fault of the surroundings, a lost connection) is wiped before it is noted again. */
export class AttemptLedger {
  private readonly survived = new Set<string>();

  constructor(private readonly store: AttemptStore) {}

  /** Notes one attempt and returns the counts before it. */
  async note(
    queue: string,
    messageIds: readonly string[],
    mode: 'group' | 'alone',
  ): Promise<Map<string, AttemptCounts>> {
    if (mode === 'group') {
      const mine = messageIds.filter((id) => this.survived.has(keyOf(queue, id)));
      if (mine.length > 0) await this.forget(queue, mine);
    }
    const after = await this.store.note(queue, messageIds, mode);
    const before = new Map<string, AttemptCounts>();
    for (const id of messageIds) {
      const counts = after.get(id) ?? { group: 0, alone: 0, [mode]: 1 };
      before.set(id, { ...counts, [mode]: Math.max(0, counts[mode] - 1) });
      this.remember(keyOf(queue, id));
    }
    return before;
  }

  async forget(queue: string, messageIds: readonly string[]): Promise<void> {
    await this.store.forget(queue, messageIds);
    for (const id of messageIds) this.survived.delete(keyOf(queue, id));
  }

  private remember(key: string): void {
    this.survived.add(key);
    if (this.survived.size <= MAX_REMEMBERED) return;
    for (const oldest of this.survived) {
      this.survived.delete(oldest);
      return;
    }
  }
}
