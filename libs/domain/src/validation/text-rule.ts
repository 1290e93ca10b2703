import type { ErrorList } from './error-list';
import { blankError, formatError, tooLongError } from './messages';

export interface TextRule {
  /** In characters (code points). */
  readonly maxLength?: number;
  /** Anchored at both ends; JavaScript's `$` without flag `m` is the true end of the string. */
  readonly pattern: RegExp;
}

/** Whether a text has more characters (code points, not UTF-16 units) than allowed. */
export function isLongerThan(text: string, maxLength: number): boolean {
  if (text.length <= maxLength) return false;
  if (text.length > 2 * maxLength) return true;
  let characters = 0;
  for (const _character of text) characters += 1;
  return characters > maxLength;
}

/** The first `maxLength` characters, never half of a surrogate pair. */
export function cutText(text: string, maxLength: number): string {
  if (!isLongerThan(text, maxLength)) return text;
  return Array.from(text.slice(0, 2 * maxLength))
    .slice(0, maxLength)
    .join('');
}

/** One error per violated rule; null (not given) violates none. */
export function checkText(
  errors: ErrorList,
  path: readonly (string | number)[],
  value: string | null,
  rule: TextRule,
): void {
  if (value === null) return;
  if (rule.maxLength !== undefined && isLongerThan(value, rule.maxLength)) {
    errors.add(tooLongError(rule.maxLength), path);
  }
  if (!rule.pattern.test(value)) errors.add(formatError, path);
}

/** Adds "can't be blank" when nothing or only whitespace is given; returns whether something is given. */
export function requireText(
  errors: ErrorList,
  path: readonly (string | number)[],
  value: string | null,
): value is string {
  if (value !== null && value.trim() !== '') return true;
  errors.add(blankError, path);
  return false;
}
