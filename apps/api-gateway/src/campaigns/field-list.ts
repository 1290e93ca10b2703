import { checkActionType, formatError, isStorableText, tooLargeError, tooLongError } from '@groundswell/domain';
import type { InputAttributes } from '../catalogue-writing/input-attributes';

/** Every service keeps these lists in memory. */
const maxEntries = 500;
const maxEntryLength = 255;

/** Entries `actionType:fieldName` of a campaign's list, each once; null empties the list. */
export function readFieldList<Key extends string>(
  attributes: InputAttributes<Partial<Record<Key, unknown>>>,
  key: Key,
  list: string[] | null | undefined,
): string[] | undefined {
  if (list == null) return list === null ? [] : undefined;
  const problems = list.map(entryProblem);
  if (list.length > maxEntries) attributes.refuse([key], tooLargeError);
  else problems.forEach((message, index) => message && attributes.refuse([key, index], message));
  return [...new Set(list)];
}

function entryProblem(entry: string): string | null {
  const [actionType, ...field] = entry.split(':');
  if (checkActionType(actionType) !== null || field.join(':') === '' || !isStorableText(entry)) return formatError;
  return entry.length > maxEntryLength ? tooLongError(maxEntryLength) : null;
}
