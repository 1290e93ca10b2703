import { currentTrace } from '@groundswell/observability';
import { withTrace, type Database, type OutboxMessage, type OutboxRepository } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { accountMail, type AccountMailKind } from './account-mail';
import { AccountTokenRepository, validDaysOf, type MailedTokenKind } from './account-token.repository';
import type { Account } from './account.repository';
import { newSecretToken } from './secret-token';
import type { Visitor } from './visitor';

interface Link {
  kind: MailedTokenKind;
  mail: AccountMailKind;
  /** Path before the token. */
  path: string;
}

const links = {
  confirm: { kind: 'confirm', mail: 'user_confirm', path: '/users/confirm' },
  reset: { kind: 'reset_password', mail: 'user_reset', path: '/users/reset_password' },
  changeEmail: { kind: 'change', mail: 'user_change_email', path: '/users/settings/confirm_email' },
} as const satisfies Record<string, Link>;

const dayMs = 86_400_000;

/** One transaction over accounts with what belongs to it: audit entries, events, mails with secret links. */
export class AccountChanges {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly publicUrl: string,
  ) {}

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.run(work);
  }

  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.transaction(work);
  }

  async audit(manager: EntityManager, userId: number, operation: string): Promise<void> {
    const note = { resource: 'user', resourceId: String(userId), changeset: { operation } };
    await new AuditRepository(manager).insert(String(userId), [note]);
  }

  async send(manager: EntityManager, message: OutboxMessage | null): Promise<void> {
    if (message) await this.outbox.insert(manager, [withTrace(message, currentTrace())], false);
  }

  /** Makes a token and asks for the mail that holds it. `to` may differ from the account's address. */
  async mailLink(
    manager: EntityManager,
    name: keyof typeof links,
    account: Pick<Account, 'id' | 'email'>,
    { locale }: Visitor,
    to = account.email,
  ): Promise<void> {
    const { kind, mail, path } = links[name];
    const { token, hash } = newSecretToken();
    const tokenId = await new AccountTokenRepository(manager).insertMailed(kind, account, hash, to);
    const notAfter = new Date(Date.now() + validDaysOf(kind) * dayMs);
    const url = `${this.publicUrl}${path}/${token}`;
    await this.send(manager, accountMail({ kind: mail, tokenId, to, locale, url, notAfter }));
  }
}
