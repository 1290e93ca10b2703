import type { NotifyFact } from './notify-fact';

/** A feature that acts on facts. */
export interface FactReader {
  /** For people. */
  readonly id: string;
  /** It gets facts of these schemas only. */
  readonly schemas: readonly NotifyFact['schema'][];
  /** What came in one batch. Twice and out of order must be safe; a throw isolates the message, as a handler's does. */
  read(facts: readonly NotifyFact[]): Promise<void>;
}

/** Everyone who reads facts; complete once all providers are made. */
export class FactReaders {
  private readonly readers: FactReader[] = [];

  /** From the factory of a provider: facts come before lifecycle hooks run. */
  add<Reader extends FactReader>(reader: Reader): Reader {
    this.readers.push(reader);
    return reader;
  }

  async read(facts: readonly NotifyFact[]): Promise<void> {
    for (const reader of this.readers) {
      const its = facts.filter(({ schema }) => reader.schemas.includes(schema));
      if (its.length > 0) await reader.read(its);
    }
  }
}
