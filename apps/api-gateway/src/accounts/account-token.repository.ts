import type { EntityManager } from 'typeorm';
import type { Viewer } from '../auth/access';

/** Contexts of users_tokens that come by mail, and how many days each is good for (email-and-mtt.md §7.1). */
const validDays = { confirm: 7, reset_password: 1, change: 7 } as const;
export type MailedTokenKind = keyof typeof validDays;
export const validDaysOf = (kind: MailedTokenKind): number => validDays[kind];

/** From login. */
export const sessionDays = 60;
const sessionContext = 'session';

/** The address an account had when a change was asked for is part of its context. */
const contextOf = (kind: MailedTokenKind, email: string): string => (kind === 'change' ? `change:${email}` : kind);

export interface MailedToken {
  tokenId: number;
  userId: number;
  /** The account's present address. */
  email: string;
  /** Where the token was sent. */
  sentTo: string;
  confirmedAt: Date | null;
}

/** Tokens of sessions and of links in mails; all are stored as SHA-256. */
export class AccountTokenRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Its id. */
  async insertMailed(
    kind: MailedTokenKind,
    user: { id: number; email: string },
    hash: Buffer,
    sentTo: string,
  ): Promise<number> {
    return this.insert(user.id, hash, contextOf(kind, user.email), sentTo);
  }

  /** Also removes sessions of the user that have ended. */
  async insertSession(userId: number, hash: Buffer): Promise<void> {
    await this.manager.query(
      `delete from catalog.users_tokens
        where user_id = $1 and context = $2 and inserted_at <= now() - make_interval(days => $3)`,
      [userId, sessionContext, sessionDays],
    );
    await this.insert(userId, hash, sessionContext, null);
  }

  async findSession(hash: Buffer): Promise<Viewer | null> {
    const rows: Viewer[] = await this.manager.query(
      `select u.id as "userId", u.email, u.perms
         from catalog.users_tokens t join catalog.users u on u.id = t.user_id
        where t.token = $1 and t.context = $2 and t.inserted_at > now() - make_interval(days => $3)`,
      [hash, sessionContext, sessionDays],
    );
    return rows[0] ?? null;
  }

  /** In time, and sent to the address the account still has (`change`: asked for while it had it). */
  async findMailed(kind: MailedTokenKind, hash: Buffer): Promise<MailedToken | null> {
    const rows: MailedToken[] = await this.manager.query(
      `select t.id as "tokenId", u.id as "userId", u.email, t.sent_to as "sentTo", u.confirmed_at as "confirmedAt"
         from catalog.users_tokens t join catalog.users u on u.id = t.user_id
        where t.token = $1 and t.inserted_at > now() - make_interval(days => $2)
          and ${kind === 'change' ? `t.context = 'change:' || u.email` : 't.context = $3 and t.sent_to::citext = u.email'}`,
      kind === 'change' ? [hash, validDays[kind]] : [hash, validDays[kind], kind],
    );
    return rows[0] ?? null;
  }

  /** Removes it; false when it was gone already. */
  async take(hash: Buffer): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      'with taken as (delete from catalog.users_tokens where token = $1 returning id) select id from taken',
      [hash],
    );
    return rows.length > 0;
  }

  async deleteSession(hash: Buffer): Promise<void> {
    await this.manager.query('delete from catalog.users_tokens where token = $1 and context = $2', [
      hash,
      sessionContext,
    ]);
  }

  /** Of every context, sessions and the API token included. */
  async deleteAll(userId: number): Promise<void> {
    await this.manager.query('delete from catalog.users_tokens where user_id = $1', [userId]);
  }

  async deleteMailed(userId: number, kind: MailedTokenKind, email: string): Promise<void> {
    await this.manager.query('delete from catalog.users_tokens where user_id = $1 and context = $2', [
      userId,
      contextOf(kind, email),
    ]);
  }

  private async insert(userId: number, hash: Buffer, context: string, sentTo: string | null): Promise<number> {
    const rows: { id: number }[] = await this.manager.query(
      `insert into catalog.users_tokens (user_id, token, context, sent_to) values ($1, $2, $3, $4) returning id`,
      [userId, hash, context, sentTo],
    );
    return rows[0]!.id;
  }
}
