import type { AttemptCounts, AttemptStore } from './attempt-store';

/** Keeps attempts in memory; several runners sharing one stand for processes that died one after the other. For tests. */
export class FakeAttemptStore implements AttemptStore {
  readonly counts = new Map<string, AttemptCounts>();
  /** Thrown by the next calls while set. */
  failure: Error | undefined;

  note(queue: string, messageIds: readonly string[], mode: 'group' | 'alone'): Promise<Map<string, AttemptCounts>> {
    if (this.failure) return Promise.reject(this.failure);
    const result = new Map<string, AttemptCounts>();
    for (const id of messageIds) {
      const before = this.counts.get(`${queue} ${id}`) ?? { group: 0, alone: 0 };
      const after = { ...before, [mode]: before[mode] + 1 };
      this.counts.set(`${queue} ${id}`, after);
      result.set(id, after);
    }
    return Promise.resolve(result);
  }

  forget(queue: string, messageIds: readonly string[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    for (const id of messageIds) this.counts.delete(`${queue} ${id}`);
    return Promise.resolve();
  }
}
