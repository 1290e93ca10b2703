export interface IntegerCodes<T extends string> {
  readonly code: (value: T) => number;
  /** Throws on a code that no release ever wrote: that is a bug, not input. */
  readonly value: (code: number) => T;
}

/** Both directions of an enum that is stored as the integers given (processing.md 1.1). */
export function integerCodes<T extends string>(name: string, codes: Readonly<Record<T, number>>): IntegerCodes<T> {
  const values = new Map<number, T>();
  for (const value of Object.keys(codes) as T[]) values.set(codes[value], value);
  return {
    code: (value) => codes[value],
    value: (code) => {
      const value = values.get(code);
      if (value === undefined) throw new Error(`unknown ${name} code ${code}`);
      return value;
    },
  };
}
