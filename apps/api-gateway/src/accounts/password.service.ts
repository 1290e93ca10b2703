import type { Viewer } from '../auth/access';
import type { PasswordLogin } from '../auth/password-login';
import type { PasswordWork } from '../auth/password-work';
import type { RequestAuthenticator } from '../auth/request-authenticator';
import { addressKey } from '../rate-limits/address-key';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import type { AccountChanges } from './account-changes';
import { newPasswordProblems } from './account-rules';
import { AccountTokenRepository, type MailedToken } from './account-token.repository';
import { AccountRepository } from './account.repository';
import { FormRefusedError, refuseProblems } from './form-refused.error';
import { hashSecretToken } from './secret-token';
import type { Visitor } from './visitor';

const wrongPassword = { field: 'current_password', message: 'is not valid' } as const;

/** Changing a password, known or forgotten. Either ends every session and the API token. */
export class PasswordService {
  constructor(
    private readonly changes: AccountChanges,
    private readonly logins: PasswordLogin,
    private readonly work: PasswordWork,
    private readonly limiter: RateLimiter,
    private readonly authenticator: Pick<RequestAuthenticator, 'forgetUser'>,
  ) {}

  /** Throws FormRefusedError. Guesses count as logins. */
  async requireCurrent({ email }: Viewer, password: string, visitor: Visitor): Promise<void> {
    const isRight = password !== '' && (await this.logins.logIn(email, password, visitor.address)) !== null;
    if (!isRight) throw new FormRefusedError([wrongPassword]);
  }

  async change(viewer: Viewer, change: PasswordChange, visitor: Visitor): Promise<void> {
    const problems = newPasswordProblems(change.password, change.confirmation);
    try {
      await this.requireCurrent(viewer, change.current, visitor);
    } catch (error) {
      if (error instanceof FormRefusedError) problems.push(...error.problems);
      else throw error;
    }
    refuseProblems(problems);
    await this.replace(viewer.userId, change.password, 'change password');
  }

  /** Says nothing about whether there is such an account. */
  async requestReset(email: string, visitor: Visitor): Promise<void> {
    await this.limiter.consume('resetByAddress', addressKey(visitor.address));
    await this.limiter.consume('resetByAccount', email.toLowerCase());
    await this.changes.write(async (manager) => {
      const account = await new AccountRepository(manager).findByEmail(email);
      if (account) await this.changes.mailLink(manager, 'reset', account, visitor);
    });
  }

  /** Of the account whose password the link may change; null for a link that is unknown, used or too old. */
  async emailOfLink(token: string): Promise<string | null> {
    return (await this.findLink(token))?.email ?? null;
  }

  /** Once; false for such a link. Throws FormRefusedError. */
  async reset(token: string, password: string, confirmation: string): Promise<boolean> {
    const found = await this.findLink(token);
    if (!found) return false;
    refuseProblems(newPasswordProblems(password, confirmation));
    const hashedPassword = await this.work.hash(password);
    return this.store(found.userId, hashedPassword, 'reset password', hashSecretToken(token));
  }

  private async findLink(token: string): Promise<MailedToken | null> {
    const hash = hashSecretToken(token);
    if (!hash) return null;
    return this.changes.read((manager) => new AccountTokenRepository(manager).findMailed('reset_password', hash));
  }

  private async replace(userId: number, password: string, operation: string): Promise<void> {
    await this.store(userId, await this.work.hash(password), operation, null);
  }

  /** `token`: only if it still exists; of two that use it at once, one finds it gone. */
  private async store(userId: number, hashed: string, operation: string, token: Buffer | null): Promise<boolean> {
    const isStored = await this.changes.write(async (manager) => {
      const tokens = new AccountTokenRepository(manager);
      if (token && !(await tokens.take(token))) return false;
      await new AccountRepository(manager).setPassword(userId, hashed);
      await tokens.deleteAll(userId);
      await this.changes.audit(manager, userId, operation);
      return true;
    });
    if (isStored) this.authenticator.forgetUser(userId);
    return isStored;
  }
}

export interface PasswordChange {
  current: string;
  password: string;
  confirmation: string;
}
