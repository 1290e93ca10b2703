import type { EntityManager } from 'typeorm';
import type { DigestFigures, PreviousDigest } from './digest';
import type { Fields, NewFiring } from './rule';

export interface WaitingFiring {
  id: number;
  subject: string;
  campaignId: number | null;
  fields: Fields;
  firedAt: Date;
}

/** What rules fired for: unique by rule and subject until it is cleared. */
export class FiringRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Those that did not fire before, by rule. Waits for another transaction that is just at the same. */
  async insertOnce(firings: readonly NewFiring[]): Promise<Map<number, number[]>> {
    const rows: { id: number; ruleId: number }[] = await this.manager.query(
      `insert into notify.rule_firings (rule_id, subject, subject_id, campaign_id, fields)
       select f.rule_id, f.subject, f.subject_id, f.campaign_id, f.fields::jsonb
         from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
              as f (rule_id, subject, subject_id, campaign_id, fields)
        order by f.rule_id, f.subject
       on conflict (rule_id, subject) where cleared_at is null do nothing
       returning id::int8 as id, rule_id::int8 as "ruleId"`,
      [
        firings.map(({ ruleId }) => ruleId),
        firings.map(({ subject }) => subject),
        firings.map(({ subjectId }) => subjectId),
        firings.map(({ campaignId }) => campaignId),
        firings.map(({ fields }) => JSON.stringify(fields)),
      ],
    );
    const made = new Map<number, number[]>();
    for (const { id, ruleId } of rows) {
      const ids = made.get(ruleId);
      if (ids) ids.push(id);
      else made.set(ruleId, [id]);
    }
    return made;
  }

  async giveTo(jobId: number, firingIds: readonly number[]): Promise<void> {
    await this.giveEach(firingIds.map((id) => ({ id, jobId })));
  }

  async giveEach(given: readonly { id: number; jobId: number }[]): Promise<void> {
    await this.manager.query(
      `update notify.rule_firings f set job_id = g.job_id from unnest($1::bigint[], $2::bigint[]) as g (id, job_id)
        where f.id = g.id`,
      [given.map(({ id }) => id), given.map(({ jobId }) => jobId)],
    );
  }

  waiting(jobId: number, limit: number): Promise<WaitingFiring[]> {
    return this.manager.query(
      `select id::int8 as id, subject, campaign_id::int8 as "campaignId", fields, fired_at as "firedAt"
         from notify.rule_firings where job_id = $1 and state = 'waiting' order by id limit $2`,
      [jobId, limit],
    );
  }

  /** Of the last digest that was sent. */
  async lastFigures(ruleId: number): Promise<PreviousDigest | null> {
    const rows: PreviousDigest[] = await this.manager.query(
      `select figures, fired_at as "firedAt" from notify.rule_firings
        where rule_id = $1 and state = 'sent' and figures is not null order by id desc limit 1`,
      [ruleId],
    );
    return rows[0] ?? null;
  }

  /** Only what the next is compared with is kept. */
  async keepFigures(ruleId: number, firingId: number, figures: DigestFigures): Promise<void> {
    await this.manager.query(
      `update notify.rule_firings set figures = case when id = $2 then $3::jsonb end
        where rule_id = $1 and (id = $2 or (id < $2 and figures is not null))`,
      [ruleId, firingId, JSON.stringify(figures)],
    );
  }

  async end(firingIds: readonly number[], state: 'sent' | 'left_out', reason: string | null): Promise<void> {
    if (firingIds.length === 0) return;
    await this.manager.query(
      `update notify.rule_firings set state = $2, reason = $3, ended_at = now() where id = any($1::bigint[])`,
      [firingIds, state, reason],
    );
  }
}
