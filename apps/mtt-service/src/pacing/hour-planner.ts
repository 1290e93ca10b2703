import { hourlyCapAt, hourlyOffsets, mttClosesAt, mttDay, type HourlyRules } from '@groundswell/domain';
import type { Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { MttMetrics } from '../mtt-metrics';
import { SkippedHoursReadModel, type SkippedHours } from '../observing/skipped-hours.read-model';
import { HourRepository } from './hour.repository';
import type { MessageClaimer, PlanningLease } from './message-claimer';
import type { PacedCampaign } from './paced-campaign';

const hourMs = 3_600_000;

/**
 * A campaign by the hour: at each full hour its messages get their times, and what is due is handed over. The times are in
 * the table, so a restart neither skips nor repeats an hour.
 */
export class HourPlanner {
  constructor(
    private readonly database: Database,
    private readonly claimer: MessageClaimer,
    private readonly metrics: Pick<MttMetrics, 'skipped'>,
    private readonly rules: HourlyRules,
  ) {}

  /** Returns how many messages were handed over. */
  async plan(campaign: PacedCampaign, lease: PlanningLease, now: Date): Promise<number> {
    if (now > mttClosesAt(campaign)) return 0;
    const { shares, skipped } = await this.database.transaction(async (manager) => {
      const hours = new HourRepository(manager);
      await hours.forgetLate(campaign.campaignId, now);
      return {
        skipped: await beginHour(manager, campaign, now, this.rules),
        shares: await hours.due(campaign.campaignId, now),
      };
    });
    this.metrics.skipped(campaign.campaignId, skipped);
    return shares.length === 0 ? 0 : this.claimer.claim(campaign, shares, { lease, now, dueAt: now });
  }
}

/** Plans the hour unless it was planned before. Returns what was skipped, up to and with it. */
async function beginHour(
  manager: EntityManager,
  campaign: PacedCampaign,
  now: Date,
  rules: HourlyRules,
): Promise<SkippedHours[]> {
  const { campaignId, maxPerTargetPerDay } = campaign;
  const hour = new Date(Math.floor(now.getTime() / hourMs) * hourMs);
  const skips = new SkippedHoursReadModel(manager);
  const last = await skips.lastPlanned(campaignId);
  if (!(await new HourRepository(manager).begin(campaignId, hour))) return [];
  const skipped = [
    ...(last ? await skips.between(campaignId, last, hour) : []),
    ...(await skips.ofHour(campaignId, mttDay(campaign, now), maxPerTargetPerDay)),
  ];
  await planHour(manager, campaign, now, rules);
  return skipped;
}

async function planHour(manager: EntityManager, campaign: PacedCampaign, now: Date, rules: HourlyRules): Promise<void> {
  const { campaignId, timezone, maxEmailsPerHour, maxPerTargetPerDay } = campaign;
  const hours = new HourRepository(manager);
  const cap = hourlyCapAt(now, timezone, maxEmailsPerHour, rules);
  const day = mttDay(campaign, now);
  const targets = await hours.candidates(campaignId, cap, day, maxPerTargetPerDay);
  const sendAfter = targets.flatMap(({ messageIds }) =>
    hourlyOffsets(messageIds.length).map((offset) => new Date(now.getTime() + offset)),
  );
  await hours.schedule(
    targets.flatMap(({ messageIds }) => messageIds),
    sendAfter,
  );
}
