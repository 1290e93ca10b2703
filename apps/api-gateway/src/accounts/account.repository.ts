import type { EntityManager } from 'typeorm';
import type { KnownAccount } from './external-identity';

export interface Account {
  id: number;
  email: string;
  perms: number;
  hashedPassword: string;
  confirmedAt: Date | null;
}

const columns = `id, email, perms, hashed_password as "hashedPassword", confirmed_at as "confirmedAt"`;

/** Accounts as signing in, registering and settings need them. */
export class AccountRepository {
  constructor(private readonly manager: EntityManager) {}

  async findById(id: number): Promise<Account | null> {
    const rows: Account[] = await this.manager.query(`select ${columns} from catalog.users where id = $1`, [id]);
    return rows[0] ?? null;
  }

  async findByEmail(email: string): Promise<Account | null> {
    const rows: Account[] = await this.manager.query(`select ${columns} from catalog.users where email = $1`, [email]);
    return rows[0] ?? null;
  }

  /** With this external id or this address. */
  async findByIdentity(externalId: string | null, email: string): Promise<KnownAccount[]> {
    return this.manager.query(
      `select id as "userId", email, perms, external_id as "externalId" from catalog.users
        where external_id = $1 or email = $2`,
      [externalId, email],
    );
  }

  /** Null when the address or the external id is taken. */
  async insert(email: string, hashedPassword: string, externalId: string | null = null): Promise<number | null> {
    const rows: { id: number }[] = await this.manager.query(
      `insert into catalog.users (email, hashed_password, external_id) values ($1, $2, $3)
       on conflict do nothing returning id`,
      [email, hashedPassword, externalId],
    );
    return rows[0]?.id ?? null;
  }

  /** False when somebody else was first. */
  async setExternalId(userId: number, externalId: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `with linked as (
         update catalog.users set external_id = $2, updated_at = now()
          where id = $1 and external_id is null and not exists (select from catalog.users where external_id = $2)
         returning id)
       select id from linked`,
      [userId, externalId],
    );
    return rows.length > 0;
  }

  async setPassword(userId: number, hashedPassword: string): Promise<void> {
    await this.manager.query('update catalog.users set hashed_password = $2, updated_at = now() where id = $1', [
      userId,
      hashedPassword,
    ]);
  }

  /** May violate the unique index on the address. */
  async setEmail(userId: number, email: string): Promise<void> {
    await this.manager.query(
      'update catalog.users set email = $2, confirmed_at = now(), updated_at = now() where id = $1',
      [userId, email],
    );
  }

  async confirm(userId: number): Promise<void> {
    await this.manager.query('update catalog.users set confirmed_at = now(), updated_at = now() where id = $1', [
      userId,
    ]);
  }
}
