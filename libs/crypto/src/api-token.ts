import { hash, randomBytes } from 'node:crypto';
import { decodeBase64Url } from './base64url';

/** Base64url of these three bytes is `API-`. */
const prefix = Buffer.from([0x00, 0xf2, 0x3e]);
const tokenBytes = prefix.length + 32;

/** A new API token; only the hash is stored, the text is shown once. */
export const newApiToken = (): { token: string; hash: Buffer } => {
  const bytes = Buffer.concat([prefix, randomBytes(32)]);
  return { token: bytes.toString('base64url'), hash: hash('sha256', bytes, 'buffer') };
};

/** SHA-256 of the token's bytes, to look it up by; null when the text cannot be a token. */
export const hashApiToken = (token: string): Buffer | null => {
  const bytes = decodeBase64Url(token);
  if (!bytes || bytes.length !== tokenBytes || !bytes.subarray(0, prefix.length).equals(prefix)) return null;
  return hash('sha256', bytes, 'buffer');
};
