/** Frames of Phoenix channels: arrays in 2.0.0, objects in 1.0.0 (graphql-api.md §1.12). */
export type PhoenixVersion = '1.0.0' | '2.0.0';

type Ref = string | number | null;

export interface PhoenixFrame {
  joinRef: Ref;
  ref: Ref;
  topic: string;
  event: string;
  payload: Readonly<Record<string, unknown>>;
}

/** What a client asks for by `vsn`; without it the older form. Null for one we do not speak. */
export const phoenixVersionOf = (vsn: string | null): PhoenixVersion | null => {
  if (vsn === null || /^1\.0\.\d+$/.test(vsn)) return '1.0.0';
  return /^2\.0\.\d+$/.test(vsn) ? '2.0.0' : null;
};

/** Null for what is no frame. */
export const readFrame = (version: PhoenixVersion, text: string): PhoenixFrame | null => {
  const [joinRef, ref, topic, event, payload] = version === '2.0.0' ? partsOf(text) : fieldsOf(text);
  if (typeof topic !== 'string' || typeof event !== 'string') return null;
  return { joinRef: refOf(joinRef), ref: refOf(ref), topic, event, payload: isObject(payload) ? payload : {} };
};

export const writeFrame = (version: PhoenixVersion, { joinRef, ref, topic, event, payload }: PhoenixFrame): string =>
  JSON.stringify(version === '2.0.0' ? [joinRef, ref, topic, event, payload] : { topic, event, payload, ref });

const partsOf = (text: string): readonly unknown[] => {
  const value = parsed(text);
  return Array.isArray(value) && value.length === 5 ? value : [];
};

const fieldsOf = (text: string): readonly unknown[] => {
  const value = parsed(text);
  return isObject(value) ? [value['join_ref'], value['ref'], value['topic'], value['event'], value['payload']] : [];
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Refs are sent back: nothing but what a client would use. */
const refOf = (value: unknown): Ref => (typeof value === 'string' || typeof value === 'number' ? value : null);
