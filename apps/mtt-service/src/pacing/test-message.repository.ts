import type { EntityManager } from 'typeorm';

const waiting = `s.state = 'pending' and s.testing`;

/** Messages of test actions that wait. */
export class TestMessageRepository {
  constructor(private readonly manager: EntityManager) {}

  async cancelOlderThan(acceptedAt: Date): Promise<void> {
    await this.manager.query(
      `update mtt.message_states s set state = 'cancelled', error = 'test is too old', updated_at = now()
        where ${waiting} and s.accepted_at < $1`,
      [acceptedAt],
    );
  }

  /** Locks what waits, so that one planner deals with it. Targets without a locale count as English. */
  async firstOfEachLocale(campaignId: number): Promise<number[]> {
    await this.manager.query(
      `select from mtt.message_states s where ${waiting} and s.campaign_id = $1 order by s.message_id for update`,
      [campaignId],
    );
    const rows: { id: number }[] = await this.manager.query(
      `select min(s.message_id) as id from mtt.message_states s left join catalog.targets t on t.id = s.target_id
        where ${waiting} and s.campaign_id = $1 group by coalesce(t.locale, 'en')`,
      [campaignId],
    );
    return rows.map(({ id }) => id);
  }

  async cancelOthers(campaignId: number, locale: string | null): Promise<void> {
    await this.manager.query(
      `update mtt.message_states s
          set state = 'cancelled', error = 'one test mail goes out for each campaign and locale', updated_at = now()
        where ${waiting} and s.campaign_id = $1
          and coalesce((select t.locale from catalog.targets t where t.id = s.target_id), 'en') = coalesce($2, 'en')`,
      [campaignId, locale],
    );
  }
}
