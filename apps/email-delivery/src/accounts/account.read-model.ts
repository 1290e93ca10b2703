import type { EntityManager } from 'typeorm';

/** A row of catalog.services; its password sealed. */
export interface StoredAccount {
  id: number;
  /** The org it belongs to; others may borrow it. */
  orgId: number;
  name: string;
  host: string;
  user: string;
  password: string;
  path: string | null;
  sendingFrom: string | null;
  transactionalEmailBudget: number | null;
  updatedAt: Date;
}

export class AccountReadModel {
  constructor(private readonly manager: EntityManager) {}

  async find(ids: readonly number[]): Promise<StoredAccount[]> {
    const rows: StoredAccount[] = await this.manager.query(
      `select id::int as id, org_id::int as "orgId", name, host, "user", password, path, sending_from as "sendingFrom",
              transactional_email_budget as "transactionalEmailBudget", updated_at as "updatedAt"
         from catalog.services where id = any($1::bigint[])`,
      [ids],
    );
    return rows;
  }
}
