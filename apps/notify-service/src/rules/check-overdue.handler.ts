import type { EntityManager } from 'typeorm';
import { nothingToDo, RunsJob, type JobHandler, type JobRunner, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue } from '@groundswell/persistence';
import { OverdueReadModel, type OverdueLook, type OverdueSubject, type RuleScope } from './overdue.read-model';
import type { Rule } from './rule';
import type { RuleBook } from './rule-book';
import type { RuleFirer } from './rule-firer';
import { checkOverdue } from './rule-jobs';
import { ruleScope } from './rule-scope';
import { RuleRepository } from './rule.repository';

type Run = JobRunOf<typeof checkOverdue>;

/** Looked at in one step. */
const subjectsAtOnce = 1_000;
/** Of one rule in one turn: the others have theirs, then it goes on. */
const stepsPerTurn = 20;

/**
 * Has the rules fire whose actions or messages wait for too long, and forgets the guard of what does not wait any more. Twice is
 * safe: the guard is one transaction with the firing. Rules of orgs that are gone go first.
 */
@RunsJob(checkOverdue)
export class CheckOverdueHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'refresh' | 'pagesOfOrg' | 'campaignsLedBy' | 'pagesOfCampaign'>,
    private readonly book: Pick<RuleBook, 'current'>,
    private readonly firer: Pick<RuleFirer, 'fire' | 'mayFire'>,
    private readonly runner: Pick<JobRunner, 'wake'>,
    private readonly completeMs: number,
  ) {}

  async run(job: Run): Promise<{ fired: number } | typeof nothingToDo> {
    const after = job.cursor?.afterRuleId ?? 0;
    if (after === 0) await job.step((manager) => new RuleRepository(manager).removeOrphans());
    const rules = (await this.book.current())
      .of('unconfirmed', 'unmoderated', 'unanswered')
      .filter(({ id }) => id > after)
      .sort((a, b) => a.id - b.id);
    if (rules.length > 0) await this.catalogue.refresh();
    let fired = 0;
    for (const rule of rules) {
      fired += await this.check(job, rule);
      job.signal.throwIfAborted();
    }
    return fired > 0 ? { fired } : nothingToDo;
  }

  private async check(job: Run, rule: Rule): Promise<number> {
    const scope = ruleScope(this.catalogue, rule.orgId);
    const look = await job.step((manager) => this.begin(manager, rule));
    let fired = 0;
    let afterId = 0;
    for (let steps = 0; look && steps < stepsPerTurn; steps += 1) {
      const seen = await job.step(
        (manager) => this.look(manager, rule, scope, look, afterId),
        ({ isLast }) => (isLast ? { cursor: { afterRuleId: rule.id } } : {}),
      );
      fired += seen.fired;
      if (seen.isLast) break;
      job.signal.throwIfAborted();
      afterId = seen.lastId;
    }
    if (fired > 0) this.runner.wake();
    return fired;
  }

  private async begin(manager: EntityManager, rule: Rule): Promise<OverdueLook | null> {
    const overdue = new OverdueReadModel(manager);
    const look = await overdue.nextLook(rule, this.completeMs);
    if (look?.isComplete) await overdue.clearDecided(rule);
    return look;
  }

  private async look(
    manager: EntityManager,
    rule: Rule,
    scope: RuleScope,
    look: OverdueLook,
    afterId: number,
  ): Promise<{ fired: number; isLast: boolean; lastId: number }> {
    const overdue = new OverdueReadModel(manager);
    const subjects = await this.subjects(overdue, rule, scope, look.since, afterId);
    const firings = subjects
      .filter(({ fields }) => this.firer.mayFire(rule, fields))
      .map((subject) => ({ ...subject, ruleId: rule.id }));
    const isLast = subjects.length < subjectsAtOnce;
    const fired = await this.firer.fire(manager, firings);
    if (isLast) await overdue.noteLook(rule.id, look);
    return { fired, isLast, lastId: subjects.at(-1)?.subjectId ?? afterId };
  }

  private subjects(
    overdue: OverdueReadModel,
    rule: Rule,
    scope: RuleScope,
    since: Date | null,
    afterId: number,
  ): Promise<OverdueSubject[]> {
    return rule.trigger === 'unanswered'
      ? overdue.unanswered(rule, scope, since, afterId, subjectsAtOnce)
      : overdue.undecided(rule, scope, since, afterId, subjectsAtOnce);
  }
}
