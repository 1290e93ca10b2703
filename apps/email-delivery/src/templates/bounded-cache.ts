export interface CacheLimits {
  maxEntries: number;
  /** Of all entries together, in characters. */
  maxChars: number;
}

/** Keeps what was used last, within both limits; a Map iterates in the order of insertion. */
export class BoundedCache<Key, Value> {
  private readonly entries = new Map<Key, { value: Value; chars: number }>();
  private chars = 0;

  constructor(private readonly limits: CacheLimits) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: Key): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: Key, value: Value, chars: number): void {
    this.delete(key);
    this.entries.set(key, { value, chars });
    this.chars += chars;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limits.maxEntries && this.chars <= this.limits.maxChars) return;
      this.delete(oldest);
    }
  }

  delete(key: Key): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.chars -= entry.chars;
  }
}
