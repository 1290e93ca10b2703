import { campaignStatusCode } from '@groundswell/domain';
import type { Catalogue, CatalogueOrg, Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { emitCampaignUpdated } from '../campaigns/campaign-updated-event';
import { CampaignRepository } from '../campaigns/campaign.repository';
import type { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import type { WriteEffects } from '../catalogue-writing/write-effects';
import { CampaignActivityReadModel, type ActivitySpan, type DatedCampaign } from './campaign-activity.read-model';

/** Campaigns of one transaction, which other writers of the catalogue wait for. */
export const campaignsAtOnce = 50;

export interface ClosedPart {
  withActions: number;
  withoutActions: number;
  lastId: number;
}

/**
 * Closes and dates campaigns, some at a time. They are found without the lock of the catalogue, since that reads all their actions,
 * and looked at again under it, so twice is safe: what was done, or came to life, is not found again.
 */
export class CampaignUpkeep {
  constructor(
    private readonly database: Pick<Database, 'run'>,
    private readonly writer: CatalogueWriter,
    private readonly catalogue: Catalogue,
  ) {}

  /** Null when there is none left behind `afterId`. */
  async close(months: number, afterId: number, actorId: number | null): Promise<ClosedPart | null> {
    const found = await this.find((activity) => activity.idle(months, afterId, campaignsAtOnce));
    const last = found.at(-1);
    if (!last) return null;
    return this.writer.write(viewerOf(actorId), async (manager, effects) => {
      const idle = await new CampaignActivityReadModel(manager).closable(months, found);
      for (const campaign of idle) await this.closeOne(manager, effects, campaign, months);
      const withActions = idle.filter(({ hasActions }) => hasActions).length;
      return { withActions, withoutActions: idle.length - withActions, lastId: last.id };
    });
  }

  async backfill(afterId: number, actorId: number | null): Promise<{ filled: number; lastId: number } | null> {
    const found = await this.find((activity) => activity.undated(afterId, campaignsAtOnce));
    const last = found.at(-1);
    if (!last) return null;
    return this.writer.write(viewerOf(actorId), async (manager, effects) => {
      const undated = await new CampaignActivityReadModel(manager).datable(found);
      for (const { id, orgId, startDate, endDate } of undated) {
        await new CampaignRepository(manager).update(id, { startDate, endDate });
        effects.audit('campaign', id, { operation: 'backfillCampaignDates', orgId, startDate, endDate });
      }
      return { filled: undated.length, lastId: last.id };
    });
  }

  private find(look: (activity: CampaignActivityReadModel) => Promise<ActivitySpan[]>): Promise<ActivitySpan[]> {
    return this.database.run((manager) => look(new CampaignActivityReadModel(manager)));
  }

  private async closeOne(
    manager: EntityManager,
    effects: WriteEffects,
    { id, orgId, startDate, endDate, hasActions }: DatedCampaign,
    months: number,
  ): Promise<void> {
    const dates = hasActions ? { startDate, endDate } : {};
    await new CampaignRepository(manager).update(id, { status: campaignStatusCode('closed'), ...dates });
    const lead = this.leadOf(orgId);
    if (lead) await emitCampaignUpdated(manager, effects, id, lead);
    effects.audit('campaign', id, { operation: 'closeIdleCampaign', orgId, months, ...dates });
  }

  private leadOf(orgId: number | null): CatalogueOrg | undefined {
    return orgId === null ? undefined : this.catalogue.orgs.get(orgId);
  }
}

/** Only whose id it is gets into the audit entries. */
const viewerOf = (userId: number | null) => (userId === null ? null : { userId, email: '', perms: 0 });
