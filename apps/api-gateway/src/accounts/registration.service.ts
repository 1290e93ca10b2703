import type { Viewer } from '../auth/access';
import type { PasswordWork } from '../auth/password-work';
import { addressKey } from '../rate-limits/address-key';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import type { AccountChanges } from './account-changes';
import { emailProblems, passwordProblems } from './account-rules';
import { AccountTokenRepository } from './account-token.repository';
import { AccountRepository } from './account.repository';
import { FormRefusedError, refuseProblems } from './form-refused.error';
import { newUserEvent } from './new-user-event';
import { hashSecretToken } from './secret-token';
import type { Visitor } from './visitor';

export const takenEmail = { field: 'email', message: 'has already been taken' } as const;

/** New accounts, and the proof that their address is theirs (email-and-mtt.md §7.3). */
export class RegistrationService {
  constructor(
    private readonly changes: AccountChanges,
    private readonly work: PasswordWork,
    private readonly limiter: RateLimiter,
    private readonly instanceOrgName: string,
  ) {}

  /** Throws FormRefusedError, TooManyRequestsError. */
  async register(email: string, password: string, visitor: Visitor): Promise<Viewer> {
    refuseProblems([...emailProblems(email), ...passwordProblems(password)]);
    await this.limiter.consume('registerByAddress', addressKey(visitor.address));
    const known = await this.changes.read((manager) => new AccountRepository(manager).findByEmail(email));
    if (known) throw new FormRefusedError([takenEmail]);
    const hashedPassword = await this.work.hash(password);
    return this.changes.write(async (manager) => {
      const id = await new AccountRepository(manager).insert(email, hashedPassword);
      if (id === null) throw new FormRefusedError([takenEmail]);
      await this.changes.audit(manager, id, 'register');
      await this.changes.send(manager, await newUserEvent(manager, this.instanceOrgName, email));
      await this.changes.mailLink(manager, 'confirm', { id, email }, visitor);
      return { userId: id, email, perms: 0 };
    });
  }

  /** Says nothing about whether there is such an account, or whether it is confirmed already. */
  async resend(email: string, visitor: Visitor): Promise<void> {
    await this.limiter.consume('resendByAddress', addressKey(visitor.address));
    await this.limiter.consume('resendByAccount', email.toLowerCase());
    await this.changes.write(async (manager) => {
      const account = await new AccountRepository(manager).findByEmail(email);
      if (account && !account.confirmedAt) await this.changes.mailLink(manager, 'confirm', account, visitor);
    });
  }

  /** Once; false for a link that is unknown, used or too old. */
  async confirm(token: string): Promise<boolean> {
    const hash = hashSecretToken(token);
    if (!hash) return false;
    return this.changes.write(async (manager) => {
      const tokens = new AccountTokenRepository(manager);
      const found = await tokens.findMailed('confirm', hash);
      if (!found) return false;
      await new AccountRepository(manager).confirm(found.userId);
      await tokens.deleteMailed(found.userId, 'confirm', found.email);
      await this.changes.audit(manager, found.userId, 'confirm');
      return true;
    });
  }
}
