import { mttDay, mttMoment, planCycle } from '@groundswell/domain';
import type { Database } from '@groundswell/persistence';
import type { MessageClaimer, PlanningLease } from './message-claimer';
import type { PacedCampaign } from './paced-campaign';
import { TargetReadModel } from './target.read-model';

/** One cycle of a campaign that drips (email-and-mtt.md §5.5). Twice is safe: what the first run handed over counts as done. */
export class CyclePlanner {
  constructor(
    private readonly database: Database,
    private readonly claimer: MessageClaimer,
    private readonly maxPerTenTargets: number,
  ) {}

  /** Returns how many messages were handed over. */
  async plan(campaign: PacedCampaign, lease: PlanningLease, now: Date): Promise<number> {
    const moment = mttMoment(campaign, now);
    if (moment.phase !== 'open' && moment.phase !== 'flush') return 0;
    const day = mttDay(campaign, now);
    const targets = await this.database.run((manager) =>
      new TargetReadModel(manager).waiting(campaign.campaignId, day, campaign.maxPerTargetPerDay),
    );
    const shares = planCycle(targets, moment.phase === 'open' ? moment : null, this.maxPerTenTargets);
    return shares.length === 0 ? 0 : this.claimer.claim(campaign, shares, { lease, now, dueAt: null });
  }
}
