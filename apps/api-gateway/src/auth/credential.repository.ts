import type { Database } from '@groundswell/persistence';
import type { Viewer } from './access';

export interface StoredPassword {
  viewer: Viewer;
  hashedPassword: string;
}

export interface TokenHolder {
  tokenId: number;
  viewer: Viewer;
}

interface UserRow {
  userId: number;
  email: string;
  perms: number;
}

const viewerFrom = ({ userId, email, perms }: UserRow): Viewer => ({ userId, email, perms });

/** Passwords and API tokens of accounts. */
export class CredentialRepository {
  constructor(private readonly database: Database) {}

  /** In any case of the letters. */
  async findPassword(email: string): Promise<StoredPassword | null> {
    const [row] = await this.database.query<UserRow & { hashedPassword: string }>(
      `select id as "userId", email, perms, hashed_password as "hashedPassword" from catalog.users where email = $1`,
      [email],
    );
    return row ? { viewer: viewerFrom(row), hashedPassword: row.hashedPassword } : null;
  }

  /** Unless it was changed meanwhile. */
  async replaceHash(userId: number, oldHash: string, newHash: string): Promise<void> {
    await this.database.query(
      `update catalog.users set hashed_password = $3, updated_at = now() where id = $1 and hashed_password = $2`,
      [userId, oldHash, newHash],
    );
  }

  /** Of tokens used within the last 30 days. */
  async findTokenHolder(tokenHash: Buffer): Promise<TokenHolder | null> {
    const [row] = await this.database.query<UserRow & { tokenId: number }>(
      `select token.id as "tokenId", holder.id as "userId", holder.email, holder.perms
         from catalog.users_tokens token join catalog.users holder on holder.id = token.user_id
        where token.context = 'api' and token.token = $1 and token.last_seen_at > now() - interval '30 days'`,
      [tokenHash],
    );
    return row ? { tokenId: row.tokenId, viewer: viewerFrom(row) } : null;
  }

  async touchTokens(tokenIds: readonly number[]): Promise<void> {
    await this.database.query('update catalog.users_tokens set last_seen_at = now() where id = any($1::bigint[])', [
      tokenIds,
    ]);
  }
}
