import { isUniqueViolation } from '@groundswell/persistence';
import type { Viewer } from '../auth/access';
import { addressKey } from '../rate-limits/address-key';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import type { AccountChanges } from './account-changes';
import { emailProblems, type FieldProblem } from './account-rules';
import { AccountTokenRepository } from './account-token.repository';
import { AccountRepository } from './account.repository';
import { FormRefusedError, refuseProblems } from './form-refused.error';
import type { PasswordService } from './password.service';
import { takenEmail } from './registration.service';
import { hashSecretToken } from './secret-token';
import type { Visitor } from './visitor';

const same = { field: 'email', message: 'did not change' } as const;

/** Another address for an account: the new one is asked by mail before it is used. */
export class EmailChangeService {
  constructor(
    private readonly changes: AccountChanges,
    private readonly passwords: PasswordService,
    private readonly limiter: RateLimiter,
  ) {}

  /** Throws FormRefusedError. */
  async request(viewer: Viewer, currentPassword: string, email: string, visitor: Visitor): Promise<void> {
    const problems = await this.problemsOf(viewer, email);
    try {
      await this.passwords.requireCurrent(viewer, currentPassword, visitor);
    } catch (error) {
      if (error instanceof FormRefusedError) problems.push(...error.problems);
      else throw error;
    }
    refuseProblems(problems);
    await this.limiter.consume('resendByAddress', addressKey(visitor.address));
    await this.limiter.consume('resendByAccount', email.toLowerCase());
    await this.changes.write(async (manager) => {
      await this.changes.mailLink(manager, 'changeEmail', { id: viewer.userId, email: viewer.email }, visitor, email);
      await this.changes.audit(manager, viewer.userId, 'ask for email change');
    });
  }

  /** Once, by the account that asked; false for a link that is unknown, used, too old or whose address is taken. */
  async apply({ userId }: Viewer, token: string): Promise<boolean> {
    const hash = hashSecretToken(token);
    if (!hash) return false;
    try {
      return await this.changes.write(async (manager) => {
        const tokens = new AccountTokenRepository(manager);
        const found = await tokens.findMailed('change', hash);
        if (!found || found.userId !== userId) return false;
        await new AccountRepository(manager).setEmail(userId, found.sentTo);
        await tokens.deleteMailed(userId, 'change', found.email);
        await this.changes.audit(manager, userId, 'change email');
        return true;
      });
    } catch (error) {
      if (isUniqueViolation(error, 'users_email_key')) return false;
      throw error;
    }
  }

  private async problemsOf(viewer: Viewer, email: string): Promise<FieldProblem[]> {
    const problems = emailProblems(email);
    if (problems.length > 0) return problems;
    if (email.toLowerCase() === viewer.email.toLowerCase()) return [same];
    const known = await this.changes.read((manager) => new AccountRepository(manager).findByEmail(email));
    return known ? [takenEmail] : [];
  }
}
