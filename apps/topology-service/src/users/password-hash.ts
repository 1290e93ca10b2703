import { createHash, timingSafeEqual } from 'node:crypto';

const saltBytes = 4;

/** Whether a password is the one behind a hash of RabbitMQ: base64 of a 4-byte salt and SHA-256 of salt and password.
 *  Spares setting it again in every round. False for another algorithm. */
export function isPasswordOf(hash: string, algorithm: string, password: string): boolean {
  if (algorithm !== 'rabbit_password_hashing_sha256') return false;
  const bytes = Buffer.from(hash, 'base64');
  const salt = bytes.subarray(0, saltBytes);
  const expected = createHash('sha256').update(salt).update(password).digest();
  const kept = bytes.subarray(saltBytes);
  return kept.length === expected.length && timingSafeEqual(kept, expected);
}
