import { isDatabaseFault } from '@groundswell/persistence';
import type { Logger } from '@groundswell/observability';
import type { PlanningLease } from './message-claimer';
import type { PacedCampaign } from './paced-campaign';
import type { PlanningLeases } from './planning-leases';

/** How a campaign is planned; returns how many messages were handed over. */
export type Plan = (campaign: PacedCampaign, lease: PlanningLease) => Promise<number>;

/** One campaign after the other, each under its lease; what is wrong with one stops no other. */
export async function planCampaigns(
  campaigns: readonly PacedCampaign[],
  leases: PlanningLeases,
  plan: Plan,
  logger: Logger,
): Promise<number> {
  let count = 0;
  for (const campaign of campaigns) {
    const { campaignId } = campaign;
    try {
      const lease = await leases.take(campaignId);
      if (!lease) continue;
      const messages = await plan(campaign, lease);
      if (messages > 0) logger.info({ campaignId, messages }, 'messages to targets handed over');
      count += messages;
    } catch (error) {
      // Not this campaign's fault, and the next turn goes on with it.
      if (isDatabaseFault(error)) throw error;
      logger.error({ campaignId, reason: error instanceof Error ? error.message : String(error) }, 'planning failed');
    }
  }
  return count;
}
