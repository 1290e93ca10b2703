import { User } from '@groundswell/persistence';
import { In, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { likePattern, type SelectUser } from './user-input';

const apiContext = 'api';

/** Accounts and their API tokens. */
export class UserRepository {
  constructor(private readonly manager: EntityManager) {}

  findById(id: number): Promise<User | null> {
    return this.manager.findOne(User, { where: { id } });
  }

  async findByIds(ids: number[]): Promise<Map<number, User>> {
    const users = await this.manager.find(User, { where: { id: In(ids) } });
    return new Map(users.map((user) => [user.id, user]));
  }

  /** By id, or by email in any case of the letters. */
  find(idOrEmail: number | string): Promise<User | null> {
    const where: FindOptionsWhere<User> = typeof idOrEmail === 'number' ? { id: idOrEmail } : { email: idOrEmail };
    return this.manager.findOne(User, { where });
  }

  /** By id. */
  select({ id, email, orgName }: SelectUser): Promise<User[]> {
    const query = this.manager.createQueryBuilder(User, 'u').orderBy('u.id');
    if (id != null) query.andWhere('u.id = :id', { id });
    if (email != null) query.andWhere('u.email like :email', { email: likePattern(email) });
    if (orgName != null) {
      query.andWhere(
        `exists (select from catalog.staffers s join catalog.orgs o on o.id = s.org_id
                  where s.user_id = u.id and o.name = :orgName and o.deleted_at is null)`,
        { orgName },
      );
    }
    return query.getMany();
  }

  async update(id: number, changes: Partial<User>): Promise<void> {
    await this.manager.update(User, { id }, { ...changes, updatedAt: () => 'now()' });
  }

  /** When API tokens were last used; users without one are left out. */
  async apiTokensSeenAt(userIds: number[]): Promise<Map<number, Date>> {
    const rows: { userId: number; seenAt: Date }[] = await this.manager.query(
      `select user_id as "userId", max(last_seen_at) as "seenAt" from catalog.users_tokens
        where user_id = any($1::bigint[]) and context = $2 group by user_id`,
      [userIds, apiContext],
    );
    return new Map(rows.map(({ userId, seenAt }) => [userId, seenAt]));
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
