import { GraphQLError } from 'graphql';

/** Postgres takes neither in `text` nor in `jsonb`. */
const nul = '\0';

/** In every Node we run on, but not yet in the declarations of ES2023. */
type WellFormedText = string & { isWellFormed(): boolean; toWellFormed(): string };

/** Deeper than any client's data, far from what exhausts the stack of what walks it later. */
const deepest = 200;

/** The text with half surrogate pairs replaced by U+FFFD; refuses NUL. */
export const toStorableText = (text: string): string => {
  if (text.includes(nul)) throw new GraphQLError('text must not contain the character U+0000');
  const wellFormed = text as WellFormedText;
  return wellFormed.isWellFormed() ? text : wellFormed.toWellFormed();
};

/** Puts storable texts in place of others, in keys and values at any depth. Changes the value it is given. */
export const toWellFormedJson = <T>(value: T, depth = 0): T => {
  if (typeof value === 'string') return toStorableText(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) throw new GraphQLError(`data must not be nested deeper than ${deepest} levels`);
  for (const [key, item] of Object.entries(value)) {
    const newKey = Array.isArray(value) ? key : toStorableText(key);
    const newItem: unknown = toWellFormedJson(item, depth + 1);
    if (newKey !== key) Reflect.deleteProperty(value, key);
    // Plain assignment to `__proto__` would set the prototype.
    if (newKey !== key || newItem !== item) {
      Object.defineProperty(value, newKey, { value: newItem, writable: true, enumerable: true, configurable: true });
    }
  }
  return value;
};
