import { fieldsError, invalidError } from '../validation/messages';
import { isStorableJson } from '../validation/storable-text';

export type FieldValue = string | number | boolean | string[] | number[];
export type CustomFields = Record<string, FieldValue>;

/** The deprecated list form of custom fields. */
export interface FieldInput {
  key: string;
  value: string;
}

/** Of the JSON text, in UTF-8. */
const maxBytes = 5120;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isFiniteNumber = (value: unknown): boolean => Number.isFinite(value);
const isString = (value: unknown): boolean => typeof value === 'string';

const isFieldValue = (value: unknown): boolean =>
  isString(value) ||
  typeof value === 'boolean' ||
  isFiniteNumber(value) ||
  (Array.isArray(value) && (value.every(isString) || value.every(isFiniteNumber)));

/** Whether a JSON text has more bytes in UTF-8; one UTF-16 unit takes at most three. */
function isLargerThan(json: string, bytes: number): boolean {
  if (json.length * 3 <= bytes) return false;
  return json.length > bytes || Buffer.byteLength(json) > bytes;
}

/** Whether a value is a flat object as stored in actions and targets, whatever its size. */
export const isFlatMap = (value: unknown): value is CustomFields =>
  isObject(value) && Object.values(value).every(isFieldValue);

/** Null when the fields are a flat map that fits; null, nested and mixed values are refused. */
export function checkFields(fields: unknown): string | null {
  if (!isFlatMap(fields)) return fieldsError;
  const json = JSON.stringify(fields);
  return isLargerThan(json, maxBytes) || !isStorableJson(json) ? invalidError : null;
}

/** The list as one object, where a repeated key becomes a list, newest first; custom fields win over it. */
export function mergeFields(
  list: readonly FieldInput[] | null | undefined,
  customFields: Readonly<Record<string, unknown>> | null | undefined,
): Record<string, unknown> {
  if (!list || list.length === 0) return { ...customFields };
  const values = new Map<string, unknown>();
  for (const { key, value } of list) {
    const known = values.get(key) as string | string[] | undefined;
    values.set(key, known === undefined ? value : [value, ...(Array.isArray(known) ? known : [known])]);
  }
  for (const [key, value] of Object.entries(customFields ?? {})) values.set(key, value);
  return Object.fromEntries(values);
}

const listedKeys = (actionType: string, list: readonly string[]): Set<string> => {
  const prefix = `${actionType}:`;
  return new Set(list.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length)));
};

/** What stays stored after deliver: without the fields listed as `actionType:field` in transient_actions (3.2). */
export function withoutTransientFields(
  actionType: string,
  fields: Readonly<Record<string, unknown>>,
  transientActions: readonly string[],
): Record<string, unknown> {
  const transient = listedKeys(actionType, transientActions);
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !transient.has(key)));
}

/** What everybody may see of an action: only the fields listed as `actionType:field` in public_actions. */
export function onlyPublicFields(
  actionType: string,
  fields: Readonly<Record<string, unknown>>,
  publicActions: readonly string[],
): Record<string, unknown> {
  const allowed = listedKeys(actionType, publicActions);
  return Object.fromEntries(Object.entries(fields).filter(([key]) => allowed.has(key)));
}
