import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';

export interface CrmCredential {
  /** In digits. */
  id: string;
  orgId: number;
  username: string;
  /** As the broker keeps it. */
  passwordHash: string;
  isRevoked: boolean;
  /** The broker agrees with the row, and nobody is connected from before. */
  isSettled: boolean;
}

/** Also whether its org is in the catalogue still. */
export interface ListedCredential extends CrmCredential {
  hasOrg: boolean;
}

export interface NewCredential {
  orgId: number;
  label: string;
  username: string;
  passwordHash: string;
  by: number;
  requestId: string;
}

/** Unrevoked ones an org may have. */
export const credentialsPerOrg = 10;

const columns = `c.id::text as id, c.org_id as "orgId", c.username, c.password_hash as "passwordHash",
  c.revoked_at is not null as "isRevoked", c.is_settled as "isSettled"`;

/** Broker users that orgs made for their own software. */
export class CrmCredentialRepository {
  constructor(private readonly database: Database) {}

  all(): Promise<ListedCredential[]> {
    return this.database.query<ListedCredential>(
      `select ${columns}, exists (select from catalog.orgs o where o.id = c.org_id) as "hasOrg"
         from topology.crm_credentials c order by c.id`,
    );
  }

  /** The one this request made, `too_many` when the org has all it may have. A request makes one, however often it comes. */
  async insertOnce(made: NewCredential): Promise<CrmCredential | 'too_many'> {
    return this.database.transaction(async (manager) => {
      await manager.query(`select pg_advisory_xact_lock(hashtextextended('crm_credentials:' || $1::bigint, 0))`, [
        made.orgId,
      ]);
      const known = await first(manager, 'where c.create_request_id = $1', [made.requestId]);
      if (known) return known;
      const [{ count } = { count: 0 }]: { count: number }[] = await manager.query(
        'select count(*)::int as count from topology.crm_credentials where org_id = $1 and revoked_at is null',
        [made.orgId],
      );
      if (count >= credentialsPerOrg) return 'too_many';
      await manager.query(
        `insert into topology.crm_credentials (org_id, label, username, password_hash, created_by, request_id, create_request_id)
         values ($1, $2, $3, $4, $5, $6, $6)`,
        [made.orgId, made.label, made.username, made.passwordHash, made.by, made.requestId],
      );
      return (await first(manager, 'where c.create_request_id = $1', [made.requestId]))!;
    });
  }

  /** The row as it is then, null without such a one. One that is revoked, or was rotated by this or a later request, stays. */
  async rotate(orgId: number, id: string, requestId: string, passwordHash: string): Promise<CrmCredential | null> {
    return this.database.transaction(async (manager) => {
      await manager.query(
        `update topology.crm_credentials
            set password_hash = $4, request_id = $3, rotated_at = now(), is_settled = false
          where org_id = $1 and id = $2 and revoked_at is null and request_id < $3::uuid`,
        [orgId, id, requestId, passwordHash],
      );
      return first(manager, 'where c.org_id = $1 and c.id = $2', [orgId, id]);
    });
  }

  /** What it was before; null without such a one. */
  async revoke(orgId: number, id: string): Promise<CrmCredential | null> {
    return this.database.transaction(async (manager) => {
      const before = await first(manager, 'where c.org_id = $1 and c.id = $2 for update', [orgId, id]);
      await manager.query(
        `update topology.crm_credentials set revoked_at = now(), is_settled = false
          where org_id = $1 and id = $2 and revoked_at is null`,
        [orgId, id],
      );
      return before;
    });
  }

  /** Nobody else changes it, nor brings the broker into line with it, before the transaction ends. */
  lock(manager: EntityManager, id: string): Promise<CrmCredential | null> {
    return first(manager, 'where c.id = $1 for update', [id]);
  }

  async markSettled(manager: EntityManager, id: string): Promise<void> {
    await manager.query('update topology.crm_credentials set is_settled = true where id = $1 and not is_settled', [id]);
  }

  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.query('delete from topology.crm_credentials where id = $1', [id]);
  }
}

async function first(manager: EntityManager, rest: string, parameters: unknown[]): Promise<CrmCredential | null> {
  const rows: CrmCredential[] = await manager.query(
    `select ${columns} from topology.crm_credentials c ${rest}`,
    parameters,
  );
  return rows[0] ?? null;
}
