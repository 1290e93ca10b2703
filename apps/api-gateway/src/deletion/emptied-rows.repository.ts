import type { EntityManager } from 'typeorm';

export interface RemovedRow {
  id: number;
  orgId: number | null;
}

/** Rows of one kind in one transaction: other writers of the catalogue wait for it. */
const rowsAtOnce = 500;

const emptiedPages = `from catalog.action_pages p join actions.emptied e on e.kind = 'page' and e.row_id = p.id
  where p.deleted_at is not null and not exists (select from actions.actions a where a.action_page_id = p.id)`;

const emptiedCampaigns = `from catalog.campaigns c join actions.emptied e on e.kind = 'campaign' and e.row_id = c.id
  where c.deleted_at is not null
    and not exists (select from catalog.action_pages p where p.campaign_id = c.id)
    and not exists (select from actions.actions a where a.campaign_id = c.id)`;

const emptiedOrgs = `from catalog.orgs o join actions.emptied e on e.kind = 'org' and e.row_id = o.id
  where o.deleted_at is not null
    and not exists (select from catalog.action_pages p where p.org_id = o.id)
    and not exists (select from catalog.campaigns c where c.org_id = o.id)
    and not exists (select from actions.contacts c where c.org_id = o.id)
    and not exists (select from catalog.outbox m where m.lane = o.id)`;

/** Marked rows that action-ingest found to be named by nothing (actions.emptied); looked at once more before they go. */
export class EmptiedRowsRepository {
  constructor(private readonly manager: EntityManager) {}

  async areThere(): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `(select ${emptiedPages} limit 1) union all (select ${emptiedCampaigns} limit 1)
       union all (select ${emptiedOrgs} limit 1)`,
    );
    return rows.length > 0;
  }

  async removePages(): Promise<RemovedRow[]> {
    return this.remove(
      `delete from catalog.action_pages
        where id in (select p.id ${emptiedPages} order by p.id limit ${rowsAtOnce}) returning id, org_id as "orgId"`,
    );
  }

  /** With their targets and mail-to-target settings. */
  async removeCampaigns(): Promise<RemovedRow[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select c.id ${emptiedCampaigns} order by c.id limit ${rowsAtOnce}`,
    );
    const ids = [rows.map(({ id }) => id)];
    await this.manager.query('delete from catalog.targets where campaign_id = any($1::bigint[])', ids);
    return this.remove(
      'delete from catalog.campaigns where id = any($1::bigint[]) returning id, org_id as "orgId"',
      ids,
    );
  }

  /** With their keys, services, templates and staffers. */
  async removeOrgs(): Promise<RemovedRow[]> {
    return this.remove(
      `delete from catalog.orgs
        where id in (select o.id ${emptiedOrgs} order by o.id limit ${rowsAtOnce}) returning id, id as "orgId"`,
    );
  }

  private async remove(sql: string, parameters: unknown[] = []): Promise<RemovedRow[]> {
    const [rows]: [RemovedRow[], number] = await this.manager.query(sql, parameters);
    return rows;
  }
}
