import { hash } from 'node:crypto';
import { asBuffer } from './as-buffer';
import { decodeBase64Url } from './base64url';

/** SHA-256 over the UTF-8 bytes of seed and input, nothing between them (processing.md §2.7). 32 bytes. */
export const fingerprint = (seed: string, input: string): Buffer => hash('sha256', seed + input, 'buffer');

/** The contactRef as it leaves us: base64url, never padded. */
export const encodeRef = (bytes: Uint8Array): string => asBuffer(bytes).toString('base64url');

/** Bytes of a contactRef of any length, padded or not; null when it is empty or no base64url. */
export const decodeRef = (text: string): Buffer | null => decodeBase64Url(text);

/** The ref without padding, so that both spellings compare equal as text. Does not check the rest. */
export const normaliseRef = (text: string): string => {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 61) end -= 1;
  return end === text.length ? text : text.slice(0, end);
};

/** Ingest partition of a ref, 0 … partitions − 1. Every process must agree on it (design.md §3.2). */
export const partitionOfRef = (bytes: Buffer, partitions: number): number => {
  const spread = bytes.length < 4 ? hash('sha256', bytes, 'buffer') : bytes;
  return spread.readUInt32BE(0) % partitions;
};
