import type { Viewer } from '../auth/access';
import { MembershipRepository } from '../users/membership.repository';
import type { AccountChanges } from './account-changes';
import { AccountTokenRepository } from './account-token.repository';
import { hashSecretToken, newSecretToken } from './secret-token';

/** Sessions of browsers. The token is the browser's, only its hash is kept here. */
export class Sessions {
  constructor(private readonly changes: AccountChanges) {}

  async open(userId: number): Promise<string> {
    const { token, hash } = newSecretToken();
    await this.changes.write(async (manager) => {
      await new AccountTokenRepository(manager).insertSession(userId, hash);
      await new MembershipRepository(manager).noteSignIn(userId);
    });
    return token;
  }

  async viewerOf(token: string): Promise<Viewer | null> {
    const hash = hashSecretToken(token);
    if (!hash) return null;
    return this.changes.read((manager) => new AccountTokenRepository(manager).findSession(hash));
  }

  async close(token: string): Promise<void> {
    const hash = hashSecretToken(token);
    if (hash) await this.changes.write((manager) => new AccountTokenRepository(manager).deleteSession(hash));
  }
}
