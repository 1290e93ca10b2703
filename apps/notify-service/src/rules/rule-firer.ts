import type { EntityManager } from 'typeorm';
import type { JobQueue } from '@groundswell/jobs';
import type { Logger } from '@groundswell/observability';
import { areMet, ConditionError } from './conditions';
import { FiringRepository } from './firing.repository';
import type { Fields, NewFiring, Rule } from './rule';
import { fireRule } from './rule-jobs';

interface HeldRule extends Pick<Rule, 'id' | 'orgId'> {
  /** Of the job that takes what fires now; null when there is none. */
  openJobId: number | null;
  notBefore: Date | null;
}

/** Between two mails of one rule at least: what fires meanwhile is in the next. */
export interface FirerSettings {
  mailSpacingMs: number;
}

/**
 * Has rules fire: guard, firing and job are the caller's one transaction, so each rule fires once for each subject, however
 * often it is told and from however many replicas. A rule has one open job at most; until it has ended, failed ones too, all that
 * fires goes with it. So a rule that cannot fire is one failed job, which a person retries or cancels.
 */
export class RuleFirer {
  constructor(
    private readonly queue: Pick<JobQueue, 'addAll'>,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly settings: FirerSettings,
  ) {}

  /** Conditions that cannot be asked have it fire: the job then fails, where people see it, and nothing is sent. */
  mayFire({ id: ruleId, orgId, conditions }: Rule, fields: Fields): boolean {
    try {
      return areMet(conditions, fields);
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      this.logger.warn({ ruleId, orgId, reason: error.message }, 'a rule has conditions that cannot be asked');
      return true;
    }
  }

  /** How many fired that had not before. JobRunner.wake after the commit. */
  async fire(manager: EntityManager, firings: readonly NewFiring[]): Promise<number> {
    if (firings.length === 0) return 0;
    const rules = await this.hold(manager, [...new Set(firings.map(({ ruleId }) => ruleId))]);
    const known = new Set(rules.map(({ id }) => id));
    const repository = new FiringRepository(manager);
    const made = await repository.insertOnce(firings.filter(({ ruleId }) => known.has(ruleId)));
    const fired = rules.filter(({ id }) => made.has(id));
    if (fired.length === 0) return 0;
    const jobIds = await this.openJobs(manager, fired);
    const given = fired.flatMap(({ id: ruleId }) =>
      (made.get(ruleId) ?? []).map((id) => ({ id, jobId: jobIds.get(ruleId) ?? 0 })),
    );
    await repository.giveEach(given);
    return given.length;
  }

  /**
   * Those that are still there and enabled, in one order for everybody. What belongs to them is read once they are held: a statement
   * that waited for a row does not see what was written beside it meanwhile.
   */
  private async hold(manager: EntityManager, ids: readonly number[]): Promise<HeldRule[]> {
    await manager.query('select from notify.rules where id = any($1::bigint[]) order by id for update', [ids]);
    return manager.query(
      `select r.id::int8 as id, r.org_id::int8 as "orgId", j.id::int8 as "openJobId",
              case when r.effect = 'mail' then r.last_mail_at + $2 * interval '1 millisecond' end as "notBefore"
         from notify.rules r
         left join notify.jobs j on j.id = r.job_id and j.state in ('queued', 'running', 'failed')
        where r.id = any($1::bigint[]) and r.is_enabled order by r.id`,
      [ids, this.settings.mailSpacingMs],
    );
  }

  /** By rule: the one it has, or a new one. */
  private async openJobs(manager: EntityManager, rules: readonly HeldRule[]): Promise<Map<number, number>> {
    const without = rules.filter(({ openJobId }) => openJobId === null);
    const orders = without.map(({ id, orgId, notBefore }) => ({
      ...{ payload: { ruleId: id }, orgId, createdBy: `rule ${id}` },
      ...(notBefore && { notBefore }),
    }));
    const jobIds = new Map(rules.flatMap(({ id, openJobId }) => (openJobId === null ? [] : [[id, openJobId]])));
    if (orders.length === 0) return jobIds;
    const jobs = await this.queue.addAll(manager, fireRule, orders);
    await manager.query(
      `update notify.rules r set job_id = o.job_id from unnest($1::bigint[], $2::bigint[]) as o (id, job_id) where r.id = o.id`,
      [without.map(({ id }) => id), jobs.map(({ id }) => id)],
    );
    for (const [at, { id }] of without.entries()) jobIds.set(id, jobs[at]?.id ?? 0);
    return jobIds;
  }
}
