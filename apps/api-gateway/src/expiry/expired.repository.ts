import type { EntityManager } from 'typeorm';
import { validDaysOf, sessionDays } from '../accounts/account-token.repository';

/** How long an ended code still answers that it has ended. */
export const endedConfirmDays = 30;
/** An API token ends when it was not used for 30 days; its last use may be noted late. */
export const unusedTokenDays = 31;

const old = (column: string, days: number): string => `${column} < now() - interval '${days} days'`;

const isSpent = [
  `(context = 'session' and ${old('inserted_at', sessionDays)})`,
  `(context = 'confirm' and ${old('inserted_at', validDaysOf('confirm'))})`,
  `(context = 'reset_password' and ${old('inserted_at', validDaysOf('reset_password'))})`,
  `(context like 'change:%' and ${old('inserted_at', validDaysOf('change'))})`,
  `(context = 'api' and ${old('last_seen_at', unusedTokenDays)})`,
].join(' or ');

/** What has ended. */
export class ExpiredRepository {
  constructor(private readonly manager: EntityManager) {}

  /** How many of the oldest were there to remove, `limit` at most. */
  removeConfirms(limit: number): Promise<number> {
    return this.remove('catalog.confirms', old('expires_at', endedConfirmDays), limit);
  }

  removeAccountTokens(limit: number): Promise<number> {
    return this.remove('catalog.users_tokens', isSpent, limit);
  }

  private async remove(table: string, where: string, limit: number): Promise<number> {
    const gone: unknown[] = await this.manager.query(
      `with gone as (
         delete from ${table} where id in (select id from ${table} where ${where} order by id limit $1) returning id)
       select id from gone`,
      [limit],
    );
    return gone.length;
  }
}
