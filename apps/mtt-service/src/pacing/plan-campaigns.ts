import { isDatabaseFault } from '@groundswell/persistence';
import type { Logger } from '@groundswell/observability';
import type { PlanningLease } from './message-claimer';
import type { PacedCampaign } from './paced-campaign';
import type { PlanningLeases } from './planning-leases';
import { noPlanningWatch, type PlanningWatch } from './planning-watch';

/** How a campaign is planned; returns how many messages were handed over. */
export type Plan = (campaign: PacedCampaign, lease: PlanningLease) => Promise<number>;

/** So many faults of the database, one after the other, are no single campaign's. */
const faultsInARow = 3;

/** One campaign after the other, each under its lease; what is wrong with one stops no other. A fault of the database is thrown once
 *  the others had their turn. Each turn begins with another one, so that none is always the last. */
export async function planCampaigns(
  campaigns: readonly PacedCampaign[],
  leases: PlanningLeases,
  plan: Plan,
  logger: Pick<Logger, 'info' | 'error'>,
  watch: PlanningWatch = noPlanningWatch,
): Promise<void> {
  let inARow = 0;
  let lastFault: { error: unknown } | null = null;
  const watched = watchedPlan(plan, watch);
  for (const campaign of rotated(campaigns)) {
    const { campaignId } = campaign;
    if (inARow === faultsInARow) {
      watch.planningSkipped(campaignId, 'database');
      continue;
    }
    try {
      const lease = await leases.take(campaignId);
      if (!lease) {
        watch.planningSkipped(campaignId, 'elsewhere');
        continue;
      }
      const messages = await watched(campaign, lease);
      inARow = 0;
      if (messages > 0) logger.info({ campaignId, messages }, 'messages to targets handed over');
    } catch (error) {
      logger.error({ campaignId, reason: error instanceof Error ? error.message : String(error) }, 'planning failed');
      inARow = isDatabaseFault(error) ? inARow + 1 : 0;
      if (inARow > 0) lastFault = { error };
    }
  }
  if (lastFault) throw lastFault.error;
}

const watchedPlan =
  (plan: Plan, watch: PlanningWatch): Plan =>
  async (campaign, lease) => {
    const { campaignId } = campaign;
    const startedAt = performance.now();
    watch.planningStarted(campaignId);
    try {
      const messages = await plan(campaign, lease);
      const reason = lease.isCut ? 'shutdown' : messages > 0 ? 'all_sent' : 'no_messages';
      watch.planningStopped(campaignId, reason, performance.now() - startedAt);
      return messages;
    } catch (error) {
      watch.planningStopped(campaignId, 'crashed', performance.now() - startedAt);
      throw error;
    }
  };

function rotated<T>(list: readonly T[]): T[] {
  const start = Math.floor(Math.random() * list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
