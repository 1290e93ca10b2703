import type { Database, OutboxRepository } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { Viewer } from '../auth/access';
import type { PasswordWork } from '../auth/password-work';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { AccountRepository } from './account.repository';
import { chooseAccount, type ExternalIdentity } from './external-identity';
import { newUserEvent } from './new-user-event';
import { randomPassword } from './random-password';

/** Two requests of a new person at once: who comes second finds the account at the next look. */
const looks = 3;

/** Accounts of people whom a single sign-on vouches for; who has none gets one (email-and-mtt.md §7.2). */
export class ExternalAccounts {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly work: PasswordWork,
    private readonly instanceOrgName: string,
  ) {}

  /** Null when the address belongs to an account that is not this identity's. */
  async viewerFor(identity: ExternalIdentity): Promise<Viewer | null> {
    for (let look = 0; look < looks; look += 1) {
      const found = await this.find(identity);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** Undefined: somebody else changed it meanwhile, look again. */
  private async find(identity: ExternalIdentity): Promise<Viewer | null | undefined> {
    const { externalId, email } = identity;
    const known = await this.database.run((manager) =>
      new AccountRepository(manager).findByIdentity(externalId, email),
    );
    const choice = chooseAccount(identity, known);
    switch (choice.kind) {
      case 'use':
        return viewerOf(choice.account);
      case 'link':
        return (await this.link(choice.account.userId, externalId ?? '')) ? viewerOf(choice.account) : undefined;
      case 'create':
        return this.create(identity);
      case 'refuse':
        return null;
    }
  }

  private link(userId: number, externalId: string): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const isLinked = await new AccountRepository(manager).setExternalId(userId, externalId);
      if (isLinked) await note(manager, userId, 'link external identity');
      return isLinked;
    });
  }

  private async create({ externalId, email }: ExternalIdentity): Promise<Viewer | undefined> {
    const hashedPassword = await this.work.hash(randomPassword());
    return this.database.transaction(async (manager) => {
      const userId = await new AccountRepository(manager).insert(email, hashedPassword, externalId);
      if (userId === null) return undefined;
      await note(manager, userId, 'create from external identity');
      const event = await newUserEvent(manager, this.instanceOrgName, email);
      if (event) await this.outbox.insert(manager, [event], false);
      return { userId, email, perms: 0 };
    });
  }
}

const viewerOf = ({ userId, email, perms }: Viewer): Viewer => ({ userId, email, perms });

const note = (manager: EntityManager, userId: number, operation: string): Promise<void> =>
  new AuditRepository(manager).insert(String(userId), [
    { resource: 'user', resourceId: String(userId), changeset: { operation } },
  ]);
