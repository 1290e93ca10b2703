import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const saltBytes = 4;
export const hashingAlgorithm = 'rabbit_password_hashing_sha256';

const digest = (salt: Buffer, password: string): Buffer => createHash('sha256').update(salt).update(password).digest();

/** What the broker itself would keep of this password. Fast to try, so only for passwords that are random and long. */
export function hashForBroker(password: string): string {
  const salt = randomBytes(saltBytes);
  return Buffer.concat([salt, digest(salt, password)]).toString('base64');
}

/** Whether a password is the one behind a hash of RabbitMQ: base64 of a 4-byte salt and SHA-256 of salt and password.
 *  Spares setting it again in every round. False for another algorithm. */
export function isPasswordOf(hash: string, algorithm: string, password: string): boolean {
  if (algorithm !== hashingAlgorithm) return false;
  const bytes = Buffer.from(hash, 'base64');
  const expected = digest(bytes.subarray(0, saltBytes), password);
  const kept = bytes.subarray(saltBytes);
  return kept.length === expected.length && timingSafeEqual(kept, expected);
}
