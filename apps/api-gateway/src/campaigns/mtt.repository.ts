import { Mtt } from '@groundswell/persistence';
import { In, type EntityManager, type QueryDeepPartialEntity } from 'typeorm';

/** Mail-to-target settings: at most one row per campaign. */
export class MttRepository {
  constructor(private readonly manager: EntityManager) {}

  ofCampaigns(campaignIds: number[]): Promise<Mtt[]> {
    return this.manager.find(Mtt, { where: { campaignId: In(campaignIds) } });
  }

  find(campaignId: number): Promise<Mtt | null> {
    return this.manager.findOne(Mtt, { where: { campaignId } });
  }

  async insert(mtt: Partial<Mtt>): Promise<void> {
    await this.manager.insert(Mtt, mtt as QueryDeepPartialEntity<Mtt>);
  }

  async update(id: number, changes: Partial<Mtt>): Promise<void> {
    if (Object.keys(changes).length > 0) await this.manager.update(Mtt, { id }, changes as QueryDeepPartialEntity<Mtt>);
  }
}
