import type { EntityManager } from 'typeorm';
import type { Logger } from '@groundswell/observability';
import { nothingToDo, RunsJob, type JobHandler, type JobQueue, type JobRunner, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue } from '@groundswell/persistence';
import { CalendarError, nextRunAt, readCalendar } from './calendar';
import { FiringRepository } from './firing.repository';
import { orgTimezone } from './org-timezone';
import type { Rule } from './rule';
import type { RuleBook } from './rule-book';
import { planDigests, sendDigest } from './rule-jobs';
import { RuleRepository } from './rule.repository';

interface Turn {
  id: number;
  nextRunAt: Date | null;
  zone: string | null;
  isDue: boolean;
  now: Date;
}

/** Digests planned in one step. */
const turnsAtOnce = 100;

/**
 * Has the digests sent that are due. When each is due next is an instant in the table, computed in the org's time zone; after a
 * time without this service a missed one is sent once. Twice is safe: firing, job and next turn are one step.
 */
@RunsJob(planDigests)
export class PlanDigestsHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'refresh' | 'orgs'>,
    private readonly book: Pick<RuleBook, 'current'>,
    private readonly queue: Pick<JobQueue, 'add'>,
    private readonly runner: Pick<JobRunner, 'wake'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  async run(job: JobRunOf<typeof planDigests>): Promise<{ due: number } | typeof nothingToDo> {
    const rules = (await this.book.current()).of('periodic');
    if (rules.length === 0) return nothingToDo;
    await this.catalogue.refresh();
    const turns = await job.step((manager) => turnsOf(manager, rules));
    const turnOf = new Map(turns.map((turn) => [turn.id, turn]));
    const wanted = rules.filter((rule) => {
      const turn = turnOf.get(rule.id);
      return turn !== undefined && this.isWanted(rule, turn);
    });
    let due = 0;
    for (let at = 0; at < wanted.length; at += turnsAtOnce) {
      job.signal.throwIfAborted();
      due += await job.step((manager) => this.plan(manager, wanted.slice(at, at + turnsAtOnce)));
      if (due > 0) this.runner.wake();
    }
    return due > 0 ? { due } : nothingToDo;
  }

  /** As they are once they are held. */
  private async plan(manager: EntityManager, rules: readonly Rule[]): Promise<number> {
    let due = 0;
    const held = await new RuleRepository(manager).holdEnabled(rules.map(({ id }) => id));
    const turns = await turnsOf(manager, held);
    for (const rule of held) {
      const turn = turns.find(({ id }) => id === rule.id);
      if (turn && (await this.take(manager, rule, turn))) due += 1;
    }
    return due;
  }

  /** It is due, or its org moved to another time zone. */
  private isWanted({ orgId }: Rule, { isDue, nextRunAt, zone }: Turn): boolean {
    const org = this.catalogue.orgs.get(orgId);
    if (!org || org.deletedAt !== null) return false;
    return isDue || nextRunAt === null || zone !== orgTimezone(org);
  }

  /** True when it is due. An org that moved to another time zone has its next turn computed anew. */
  private async take(manager: EntityManager, rule: Rule, turn: Turn): Promise<boolean> {
    const org = this.catalogue.orgs.get(rule.orgId);
    if (!org || !this.isWanted(rule, turn)) return false;
    const zone = orgTimezone(org);
    const next = this.nextOf(rule, zone, turn.now);
    if (next === null) return false;
    if (turn.isDue && turn.nextRunAt !== null) await this.send(manager, rule, turn.nextRunAt);
    await new RuleRepository(manager).planNext(rule.id, next, zone);
    return turn.isDue;
  }

  private nextOf({ id: ruleId, orgId, settings }: Rule, zone: string, now: Date): Date | null {
    try {
      return nextRunAt(readCalendar(settings.schedule ?? ''), zone, now);
    } catch (error) {
      if (!(error instanceof CalendarError)) throw error;
      this.logger.warn({ ruleId, orgId, reason: error.message }, 'a periodic rule has no next turn');
      return null;
    }
  }

  private async send(manager: EntityManager, { id: ruleId, orgId, campaignId }: Rule, dueAt: Date): Promise<void> {
    const firings = new FiringRepository(manager);
    const subject = `run:${dueAt.toISOString()}`;
    const made = await firings.insertOnce([{ ruleId, subject, subjectId: null, campaignId, fields: {} }]);
    const [firingId] = made.get(ruleId) ?? [];
    if (firingId === undefined) return;
    const order = { payload: { ruleId, firingId }, key: String(firingId), orgId, createdBy: `rule ${ruleId}` };
    const { id } = await this.queue.add(manager, sendDigest, order);
    await firings.giveTo(id, [firingId]);
  }
}

const turnsOf = (manager: EntityManager, rules: readonly Rule[]): Promise<Turn[]> =>
  manager.query(
    `select id::int8 as id, next_run_at as "nextRunAt", next_run_zone as zone, coalesce(next_run_at <= now(), false) as "isDue",
            date_trunc('milliseconds', now()) as now
       from notify.rules where id = any($1::bigint[]) order by id`,
    [rules.map(({ id }) => id)],
  );
