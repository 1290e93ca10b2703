import { hash, randomBytes } from 'node:crypto';

const tokenBytes = 32;
const form = /^[A-Za-z0-9_-]{43}$/;

/** A secret for a link or a session: base64url, of which only the hash is stored. */
export const newSecretToken = (): { token: string; hash: Buffer } => {
  const bytes = randomBytes(tokenBytes);
  return { token: bytes.toString('base64url'), hash: hash('sha256', bytes, 'buffer') };
};

/** To look the token up by; null for what cannot be one. */
export const hashSecretToken = (token: string): Buffer | null =>
  form.test(token) ? hash('sha256', Buffer.from(token, 'base64url'), 'buffer') : null;
