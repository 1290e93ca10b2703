import { isUtf8 } from 'node:buffer';
import { WebhookRefusal } from './webhook-refusal';

/** No provider's events come near. */
const deepest = 32;

export interface WebhookBody {
  text: string;
  value: object;
}

/** JSON of an object or a list. Its depth is counted before anything is built from it. Throws WebhookRefusal. */
export function readWebhookBody(bytes: unknown): WebhookBody {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) throw new WebhookRefusal(400, 'no body');
  if (!isUtf8(bytes)) throw new WebhookRefusal(400, 'no JSON');
  if (isNestedDeeperThan(bytes, deepest)) throw new WebhookRefusal(400, 'nested too deep');
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WebhookRefusal(400, 'no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new WebhookRefusal(400, 'no JSON object or list');
  return { text, value };
}

const [quote, backslash, openList, closeList, openObject, closeObject] = Buffer.from('"\\[]{}');

/** Of valid JSON exactly; of anything else some answer. One pass over the bytes, no stack. */
export function isNestedDeeperThan(json: Buffer, limit: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (isInText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isInText = false;
    } else if (byte === quote) isInText = true;
    else if (byte === openList || byte === openObject) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === closeList || byte === closeObject) depth -= 1;
  }
  return false;
}
