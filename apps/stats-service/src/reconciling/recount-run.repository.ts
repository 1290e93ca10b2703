import type { EntityManager } from 'typeorm';

/** A check of all campaigns, or of one, that a person asked for. */
export interface RecountRun {
  id: number;
  campaignId: number | null;
}

export class RecountRunRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Of all campaigns. */
  async add(): Promise<number> {
    const [run]: { id: number }[] = await this.manager.query(
      'insert into stats.recount_runs default values returning id',
    );
    if (!run) throw new Error('no recount was asked for');
    return Number(run.id);
  }

  /** The oldest that is not finished; one that was begun by another replica begins again. */
  async next(): Promise<RecountRun | null> {
    const rows: RecountRun[] = await this.manager.query(
      `select id, campaign_id as "campaignId" from stats.recount_runs where finished_at is null order by id limit 1`,
    );
    return rows[0] ?? null;
  }

  async noteStarted(id: number): Promise<void> {
    await this.manager.query('update stats.recount_runs set started_at = now() where id = $1', [id]);
  }

  async noteFinished(id: number, campaigns: number, drifted: number, error: string | null): Promise<void> {
    await this.manager.query(
      `update stats.recount_runs set finished_at = now(), campaigns = $2, drifted = $3, error = $4 where id = $1`,
      [id, campaigns, drifted, error],
    );
  }
}
