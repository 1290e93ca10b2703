import type { EntityManager } from 'typeorm';

export interface InstanceOrgState {
  orgId: number;
  isDeleted: boolean;
  keyCount: number;
  activeKey: { id: number; public: Buffer; private: string | null } | null;
}

/** The platform's own org, its keys and its first admin. */
export class InstanceOrgRepository {
  constructor(private readonly manager: EntityManager) {}

  async findState(name: string): Promise<InstanceOrgState | null> {
    const rows: (Omit<InstanceOrgState, 'activeKey'> & {
      keyId: number | null;
      public: Buffer;
      private: string | null;
    })[] = await this.manager.query(
      `select o.id as "orgId", o.deleted_at is not null as "isDeleted", k.id as "keyId", k.public, k.private,
                (select count(*)::int from catalog.public_keys where org_id = o.id) as "keyCount"
           from catalog.orgs o left join catalog.public_keys k on k.org_id = o.id and k.active and not k.expired
          where o.name = $1`,
      [name],
    );
    const [row] = rows;
    if (!row) return null;
    const { orgId, isDeleted, keyCount, keyId } = row;
    const activeKey = keyId === null ? null : { id: keyId, public: row.public, private: row.private };
    return { orgId, isDeleted, keyCount, activeKey };
  }

  async insertOrg(name: string): Promise<number> {
    const rows: { id: number }[] = await this.manager.query(
      `insert into catalog.orgs (name, title) values ($1::text, $1::text) returning id`,
      [name],
    );
    return rows[0]!.id;
  }

  async insertActiveKey(orgId: number, name: string, publicKey: Buffer, sealedPrivateKey: string): Promise<number> {
    const rows: { id: number }[] = await this.manager.query(
      `insert into catalog.public_keys (org_id, name, public, private, active) values ($1, $2, $3, $4, true) returning id`,
      [orgId, name, publicKey, sealedPrivateKey],
    );
    return rows[0]!.id;
  }

  async hasUser(email: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query('select 1 from catalog.users where email = $1', [email]);
    return rows.length > 0;
  }

  /** Null when somebody made the user in the meantime. */
  async insertAdmin(
    orgId: number,
    email: string,
    hashedPassword: string,
    perms: { user: number; staffer: number },
  ): Promise<number | null> {
    const rows: { id: number }[] = await this.manager.query(
      `with admin as (
         insert into catalog.users (email, hashed_password, perms, confirmed_at) values ($1, $2, $3, now())
         on conflict do nothing returning id)
       insert into catalog.staffers (user_id, org_id, perms) select id, $4, $5 from admin returning user_id as id`,
      [email, hashedPassword, perms.user, orgId, perms.staffer],
    );
    return rows[0]?.id ?? null;
  }
}
