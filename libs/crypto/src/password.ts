import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import bcrypt from 'bcryptjs';

const derive = promisify(pbkdf2);
const defaultCost = 12;
const bcryptHash = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
const pbkdf2Hash = /^\$pbkdf2-(sha256|sha512)\$([1-9]\d{0,8})\$([./A-Za-z0-9]+)\$([./A-Za-z0-9]{43,})$/;

/** A bcrypt hash. Bcrypt reads the first 72 bytes of a password only. */
export const hashPassword = (password: string, cost = defaultCost): Promise<string> => bcrypt.hash(password, cost);

/** Checks against bcrypt, or `$pbkdf2-sha512$rounds$salt$hash` of older accounts. A stored hash of another form
 *  matches nothing, in the time a bcrypt check of this cost takes. */
export const verifyPassword = async (password: string, storedHash: string, cost = defaultCost): Promise<boolean> => {
  if (bcryptHash.test(storedHash)) return bcrypt.compare(password, storedHash);
  const [, digest, rounds, salt, expectedText] = pbkdf2Hash.exec(storedHash) ?? [];
  if (!digest || !salt || !expectedText) return verifyAgainstNothing(password, cost);
  const expected = decodeCryptBase64(expectedText);
  const actual = await derive(password, decodeCryptBase64(salt), Number(rounds), expected.length, digest);
  return timingSafeEqual(actual, expected);
};

/** For an unknown user: always false, after the work of a real check, so that time does not tell who has an account. */
export const verifyAgainstNothing = async (password: string, cost = defaultCost): Promise<false> => {
  await bcrypt.compare(password, `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`);
  return false;
};

/** Modular crypt base64: "." where base64 has "+", no padding. */
const decodeCryptBase64 = (text: string): Buffer => Buffer.from(text.replaceAll('.', '+'), 'base64');
