import type { EntityManager } from 'typeorm';

interface PageOwner {
  pageId: number;
  orgId: number;
}

/**
 * Marks what is deleted (design.md §3): it is gone at once for every query and new action, what was accepted before is
 * stored, and rows go later. Names and external ids stay taken until then. Runs under the catalogue's lock, so nothing
 * is added meanwhile to what is being deleted.
 */
export class DeletionRepository {
  constructor(private readonly manager: EntityManager) {}

  async pagesOfCampaign(campaignId: number): Promise<PageOwner[]> {
    return this.manager.query(
      `select id as "pageId", org_id as "orgId" from catalog.action_pages
        where campaign_id = $1 and deleted_at is null order by id`,
      [campaignId],
    );
  }

  /** Of the org itself and of the campaigns it leads. */
  async pagesOfOrg(orgId: number): Promise<PageOwner[]> {
    return this.manager.query(
      `select p.id as "pageId", p.org_id as "orgId"
         from catalog.action_pages p join catalog.campaigns c on c.id = p.campaign_id
        where p.deleted_at is null and (p.org_id = $1 or (c.org_id = $1 and c.deleted_at is null)) order by p.id`,
      [orgId],
    );
  }

  /** Testing actions do not count: they go with the page. */
  async haveRealActions(pageIds: number[]): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `select from unnest($1::bigint[]) as p (id)
        where exists (select from actions.actions a where a.action_page_id = p.id and not a.testing) limit 1`,
      [pageIds],
    );
    return rows.length > 0;
  }

  /** Ids of those that were not marked before. */
  async markPages(pageIds: number[]): Promise<number[]> {
    return this.mark('action_pages', 'id = any($1::bigint[])', pageIds);
  }

  async markCampaign(campaignId: number): Promise<number[]> {
    return this.mark('campaigns', 'id = $1', campaignId);
  }

  async markCampaignsOf(orgId: number): Promise<number[]> {
    return this.mark('campaigns', 'org_id = $1', orgId);
  }

  async markOrg(orgId: number): Promise<number[]> {
    return this.mark('orgs', 'id = $1', orgId);
  }

  private async mark(table: string, where: string, value: number | number[]): Promise<number[]> {
    const [rows]: [{ id: number }[], number] = await this.manager.query(
      `update catalog.${table} set deleted_at = now(), updated_at = now()
        where ${where} and deleted_at is null returning id`,
      [value],
    );
    return rows.map(({ id }) => id);
  }
}
