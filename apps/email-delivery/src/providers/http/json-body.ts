export type JsonObject = Record<string, unknown>;

/** The value as an object; an empty one where it is something else. */
export const asObject = (value: unknown): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export const asText = (value: unknown): string | null =>
  typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : null;

/** Undefined where the text is no JSON: a proxy's page, an empty answer. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller decides by the status; there is nothing in the text it could use.
    return undefined;
  }
}

/** A provider's template id: a positive whole number, else null. */
export const templateNumber = (ref: string): number | null => {
  const id = Number(ref);
  return /^\d+$/.test(ref) && Number.isSafeInteger(id) && id > 0 ? id : null;
};
