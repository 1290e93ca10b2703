/** How often a message was about to be handled, over all processes. */
export interface AttemptCounts {
  /** Together with up to 15 neighbours. */
  group: number;
  /** By itself. */
  alone: number;
}

/** Remembers attempts over the death of a process. Durable, and noted before the handler is called. */
export interface AttemptStore {
  /** Raises the count of each id by one and returns the counts after that, for every id. */
  note(queue: string, messageIds: readonly string[], mode: 'group' | 'alone'): Promise<Map<string, AttemptCounts>>;
  /** Drops the counts of messages that are settled. Unknown ids are fine. */
  forget(queue: string, messageIds: readonly string[]): Promise<void>;
}
