import { ActionPage } from '@groundswell/persistence';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import { refuseTaken } from '../catalogue-writing/taken-name';
import { refuseHighSecurityMtt } from '../mtt/high-security';

/** Pages, found only where they are not marked as deleted. */
export class PageRepository {
  /** `at`: where the page stands inside the whole input. */
  constructor(
    private readonly manager: EntityManager,
    private readonly at: (string | number)[] = [],
  ) {}

  /** Names are compared without regard to case. */
  async findByName(orgId: number, campaignId: number, name: string): Promise<number | null> {
    const rows: { id: number }[] = await this.manager.query(
      `select id from catalog.action_pages
        where org_id = $1 and campaign_id = $2 and name = $3::citext and deleted_at is null`,
      [orgId, campaignId, name],
    );
    return rows[0]?.id ?? null;
  }

  async insert(page: Partial<ActionPage>): Promise<number> {
    const inserted = await refuseTaken(this.takenPaths, () =>
      this.manager.insert(ActionPage, page as QueryDeepPartialEntity<ActionPage>),
    );
    const id = Number(inserted.identifiers[0]?.['id']);
    await refuseHighSecurityMtt(this.manager, 'page', id, this.at);
    return id;
  }

  async update(id: number, changes: Partial<ActionPage>): Promise<void> {
    await refuseTaken(this.takenPaths, () =>
      this.manager.update(
        ActionPage,
        { id },
        { ...(changes as QueryDeepPartialEntity<ActionPage>), updatedAt: () => 'now()' },
      ),
    );
  }

  private get takenPaths() {
    return { action_pages_name_key: [...this.at, 'name'] };
  }
}
