import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { decodeBase64Url } from './base64url';

const cipherName = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** What a link says, sealed: it tells nothing to who reads it, and nobody else makes one. The same content has the same token. */
export function sealToken(key: Buffer, plain: Buffer): string {
  // Made of the content: another content has another nonce.
  const nonce = createHmac('sha256', key).update('nonce').update(plain).digest().subarray(0, nonceBytes);
  const cipher = createCipheriv(cipherName, key, nonce);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Null for what none of the keys sealed, or what is no longer than `longerThan` bytes. */
export function openToken(keys: readonly Buffer[], token: string, longerThan: number): Buffer | null {
  const bytes = decodeBase64Url(token);
  if (!bytes || bytes.length <= nonceBytes + longerThan + tagBytes) return null;
  return keys.map((key) => openWith(key, bytes)).find((found) => found !== null) ?? null;
}

function openWith(key: Buffer, bytes: Buffer): Buffer | null {
  const decipher = createDecipheriv(cipherName, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    // Changed, or sealed by another key.
    return null;
  }
}
