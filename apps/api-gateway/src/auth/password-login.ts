import { addressKey } from '../rate-limits/address-key';
import type { LimitName } from '../rate-limits/limits';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import type { Viewer } from './access';
import type { CredentialRepository } from './credential.repository';
import type { PasswordWork } from './password-work';

/** Hashes of accounts made by the old server. */
const isOld = (storedHash: string): boolean => storedHash.startsWith('$pbkdf2-');

/** Signs in by email and password, for Basic and for the login page. */
export class PasswordLogin {
  constructor(
    private readonly credentials: CredentialRepository,
    private readonly work: PasswordWork,
    private readonly limiter: RateLimiter,
  ) {}

  /**
   * Null for a wrong password and, after the same time, for an unknown user. Throws TooManyRequestsError after too many
   * failures of one account or of one address (null: not known), and ApiError `unavailable`.
   */
  async logIn(email: string, password: string, address: string | null): Promise<Viewer | null> {
    const counts = countsOf(email, address);
    for (const [name, key] of counts) await this.limiter.consume(name, key);
    const stored = await this.credentials.findPassword(email);
    const isRight = await this.work.verify(password, stored?.hashedPassword ?? null);
    if (!stored || !isRight) return null;
    for (const [name, key] of counts) await this.limiter.giveBack(name, key);
    if (isOld(stored.hashedPassword)) {
      const hashed = await this.work.hash(password);
      await this.credentials.replaceHash(stored.viewer.userId, stored.hashedPassword, hashed);
    }
    return stored.viewer;
  }
}

const countsOf = (email: string, address: string | null): [LimitName, string][] => [
  ...(address === null ? [] : [['loginByAddress', addressKey(address)] as [LimitName, string]]),
  ['loginByAccount', email.toLowerCase()],
];
