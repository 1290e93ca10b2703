import type { EntityManager } from 'typeorm';

/** What may ask for a check sooner. */
export interface DueSettings {
  /** Between two checks of a campaign that changes. */
  intervalMs: number;
  /** After a check that came to nothing. */
  retryMs: number;
}

/** A campaign that takes long to count is not counted all the time: a check costs a hundredth of it at most. */
const restFactor = 100;
/** At least once in 24 h, whatever it takes to get to all of them. */
const longestRest = '22 hours';
const campaignsAtOnce = 1_000;

/** When each campaign was checked, and which one is next. */
export class CampaignCheckRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Campaigns that nothing was counted for are checked too. */
  async addUnknown(): Promise<void> {
    await this.manager.query(
      `insert into stats.campaigns (campaign_id, version, changed_at)
       select c.id, 0, '-infinity' from catalog.campaigns c
        where not exists (select from stats.campaigns s where s.campaign_id = c.id)
       on conflict do nothing`,
    );
  }

  async due({ intervalMs, retryMs }: DueSettings): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select campaign_id as id from stats.campaigns
        where (checked_at is null
               or checked_at < now() - interval '${longestRest}'
               or changed_at >= checked_at
                  and checked_at < now() - greatest($1::float8, check_ms * ${restFactor}) * interval '1 millisecond')
          and (tried_at is null or tried_at <= checked_at or tried_at < now() - greatest($2::float8, check_ms * ${restFactor}) * interval '1 millisecond')
        order by checked_at nulls first, campaign_id limit ${campaignsAtOnce}`,
      [intervalMs, retryMs],
    );
    return rows.map(({ id }) => id);
  }

  async all(): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      'select campaign_id as id from stats.campaigns order by campaign_id',
    );
    return rows.map(({ id }) => id);
  }

  async noteTried(campaignId: number): Promise<void> {
    await this.manager.query('update stats.campaigns set tried_at = clock_timestamp() where campaign_id = $1', [
      campaignId,
    ]);
  }

  /** One that takes too long is not tried all the time either. */
  async noteFailed(campaignId: number, tookMs: number): Promise<void> {
    await this.manager.query('update stats.campaigns set check_ms = $2 where campaign_id = $1', [
      campaignId,
      Math.round(tookMs),
    ]);
  }

  /** `at`: when what was counted was read. */
  async noteChecked(campaignId: number, at: Date, tookMs: number): Promise<void> {
    await this.manager.query(
      `update stats.campaigns set checked_at = $2, tried_at = least(tried_at, $2), check_ms = $3 where campaign_id = $1`,
      [campaignId, at, Math.round(tookMs)],
    );
  }

  async noteDrift(campaignId: number, figures: Record<string, number>): Promise<void> {
    await this.manager.query('insert into stats.drifts (campaign_id, figures) values ($1, $2)', [
      campaignId,
      JSON.stringify(figures),
    ]);
  }
}
