import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';

export interface BrokerUser {
  orgId: number;
  username: string;
  /** Sealed. */
  password: string;
}

/** Broker users of orgs. Only what stands here is ever removed from the broker. */
export class BrokerUserRepository {
  constructor(private readonly database: Database) {}

  all(): Promise<BrokerUser[]> {
    return this.database.query<BrokerUser>(
      'select org_id as "orgId", username, password from topology.broker_users order by org_id',
    );
  }

  /** Keeps a row that is there: its password may be in use already. */
  async insertOnce(manager: EntityManager, users: readonly BrokerUser[]): Promise<void> {
    await manager.query(
      `insert into topology.broker_users (org_id, username, password)
       select * from unnest($1::bigint[], $2::text[], $3::text[]) on conflict do nothing`,
      [users.map(({ orgId }) => orgId), users.map(({ username }) => username), users.map(({ password }) => password)],
    );
  }

  async remove(manager: EntityManager, orgIds: readonly number[]): Promise<void> {
    await manager.query('delete from topology.broker_users where org_id = any($1::bigint[])', [orgIds]);
  }
}
