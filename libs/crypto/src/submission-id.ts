import { createHash, randomFillSync } from 'node:crypto';
import { normaliseRef } from './contact-ref';

const entropy = Buffer.allocUnsafeSlow(4096);
let entropyUsed = entropy.length;
let lastMs = -1;
let counter = 0;

/** UUIDv7, lower case. Ids of one process rise within a millisecond (the first 2 048 of it at least), which keeps
 *  inserts near the index's end; uniqueness rests on the 62 random bits, not on the clock. `now` is in ms. */
export const uuidV7 = (now: number = Date.now()): string => {
  if (entropyUsed > entropy.length - 10) {
    randomFillSync(entropy);
    entropyUsed = 0;
  }
  const random = entropy.subarray(entropyUsed, entropyUsed + 10);
  entropyUsed += 10;
  counter = now === lastMs ? (counter + 1) & 0xfff : random.readUInt16BE(8) & 0x7ff;
  lastMs = now;
  const time = now.toString(16).padStart(12, '0');
  const head = (0x7000 | counter).toString(16);
  random[0] = (random[0]! & 0x3f) | 0x80;
  const tail = random.toString('hex', 0, 8);
  return `${time.slice(0, 8)}-${time.slice(8)}-${head}-${tail.slice(0, 4)}-${tail.slice(4)}`;
};

export interface IdempotentRequest {
  pageId: number;
  /** Response path of the field; in a batch with the element's index. */
  fieldPath: string;
  /** contactRef, padded or not. It keeps another person with the same key from getting this id. */
  ref: string;
  /** The header `Idempotency-Key`. */
  key: string;
}

/** Submission id of a request with an idempotency key: the same input gives the same id on every replica.
 *  A UUIDv8 (RFC 9562 §5.8) from SHA-256; every part is length-prefixed, so no two inputs share their bytes. */
export const idempotentSubmissionId = ({ pageId, fieldPath, ref, key }: IdempotentRequest): string => {
  const digest = createHash('sha256');
  for (const part of ['groundswell:submission:1', String(pageId), fieldPath, normaliseRef(ref), key]) {
    const bytes = Buffer.from(part);
    digest.update(`${bytes.length}:`).update(bytes);
  }
  const id = digest.digest();
  id[6] = (id[6]! & 0x0f) | 0x80;
  id[8] = (id[8]! & 0x3f) | 0x80;
  const hex = id.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
