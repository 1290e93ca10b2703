/**
 * Collects the keys asked for in one turn of the event loop and looks them up together, so that a field on every item
 * of a list costs one statement. Keeps nothing afterwards.
 */
export class BatchedLookup<Key, Value> {
  private waiting: Map<Key, Promise<Value | undefined>> | null = null;
  private batch: Promise<Map<Key, Value>> | null = null;

  constructor(private readonly lookUp: (keys: Key[]) => Promise<Map<Key, Value>>) {}

  get(key: Key): Promise<Value | undefined> {
    const waiting = (this.waiting ??= new Map());
    const asked = waiting.get(key);
    if (asked) return asked;
    this.batch ??= this.nextBatch();
    const answer = this.batch.then((values) => values.get(key));
    waiting.set(key, answer);
    return answer;
  }

  private async nextBatch(): Promise<Map<Key, Value>> {
    await new Promise(setImmediate);
    const keys = [...(this.waiting ?? new Map<Key, unknown>()).keys()];
    this.waiting = null;
    this.batch = null;
    return this.lookUp(keys);
  }
}
