import { Campaign } from '@groundswell/persistence';
import { IsNull, type EntityManager, type QueryDeepPartialEntity } from 'typeorm';
import { refuseTaken } from '../catalogue-writing/taken-name';

const takenPaths = { campaigns_name_key: ['name'], campaigns_org_id_external_id_key: ['externalId'] };

/** Campaigns that are not marked as deleted. */
export class CampaignRepository {
  constructor(private readonly manager: EntityManager) {}

  findById(id: number): Promise<Campaign | null> {
    return this.manager.findOne(Campaign, { where: { id, deletedAt: IsNull() } });
  }

  findByExternalId(orgId: number, externalId: number): Promise<Campaign | null> {
    return this.manager.findOne(Campaign, { where: { orgId, externalId, deletedAt: IsNull() } });
  }

  /** Names are compared without regard to case. */
  findByName(orgId: number, name: string): Promise<Campaign | null> {
    return this.manager
      .createQueryBuilder(Campaign, 'c')
      .where('c.org_id = :orgId and c.name = cast(:name as citext) and c.deleted_at is null', { orgId, name })
      .getOne();
  }

  async insert(campaign: Partial<Campaign>): Promise<number> {
    const inserted = await refuseTaken(takenPaths, () =>
      this.manager.insert(Campaign, campaign as QueryDeepPartialEntity<Campaign>),
    );
    return Number(inserted.identifiers[0]?.['id']);
  }

  async update(id: number, changes: Partial<Campaign>): Promise<void> {
    await refuseTaken(takenPaths, () =>
      this.manager.update(
        Campaign,
        { id },
        { ...(changes as QueryDeepPartialEntity<Campaign>), updatedAt: () => 'now()' },
      ),
    );
  }
}
