import { User } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

const apiContext = 'api';

/** Accounts and their API tokens. */
export class UserRepository {
  constructor(private readonly manager: EntityManager) {}

  findById(id: number): Promise<User | null> {
    return this.manager.findOne(User, { where: { id } });
  }

  /** When the API token was last used; null without one. */
  async apiTokenSeenAt(userId: number): Promise<Date | null> {
    const rows: { seenAt: Date }[] = await this.manager.query(
      `select last_seen_at as "seenAt" from catalog.users_tokens
        where user_id = $1 and context = $2 order by last_seen_at desc limit 1`,
      [userId, apiContext],
    );
    return rows[0]?.seenAt ?? null;
  }

  /** The old tokens stop working with the commit. */
  async replaceApiToken(userId: number, tokenHash: Buffer): Promise<void> {
    await this.manager.query('delete from catalog.users_tokens where user_id = $1 and context = $2', [
      userId,
      apiContext,
    ]);
    await this.manager.query('insert into catalog.users_tokens (user_id, token, context) values ($1, $2, $3)', [
      userId,
      tokenHash,
      apiContext,
    ]);
  }
}
