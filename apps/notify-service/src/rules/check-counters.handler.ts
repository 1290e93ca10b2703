import type { EntityManager } from 'typeorm';
import { nothingToDo, RunsJob, type JobHandler, type JobRunner, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue } from '@groundswell/persistence';
import type { CounterWatch } from './counter-watch';
import { QuotaUseReadModel, type QuotaUse } from './quota-use.read-model';
import { reachedPercents } from './reached-values';
import type { NewFiring, Rule } from './rule';
import type { RuleBook, RulePage } from './rule-book';
import type { RuleFirer } from './rule-firer';
import { checkCounters } from './rule-jobs';

/** Goals and milestones nobody told us of, and quotas. Twice is safe: each value fires once. */
@RunsJob(checkCounters)
export class CheckCountersHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'refresh'>,
    private readonly book: Pick<RuleBook, 'current'>,
    private readonly watch: Pick<CounterWatch, 'check'>,
    private readonly firer: Pick<RuleFirer, 'fire' | 'mayFire'>,
    private readonly runner: Pick<JobRunner, 'wake'>,
  ) {}

  async run(job: JobRunOf<typeof checkCounters>): Promise<{ fired: number } | typeof nothingToDo> {
    const page = await this.book.current();
    if (!page.has('goal', 'milestone', 'quota')) return nothingToDo;
    await this.catalogue.refresh();
    const counted = await job.step((manager) => this.watch.check(manager, page, null));
    job.signal.throwIfAborted();
    const used = await job.step((manager) => this.checkQuotas(manager, page));
    if (counted + used === 0) return nothingToDo;
    this.runner.wake();
    return { fired: counted + used };
  }

  private async checkQuotas(manager: EntityManager, page: RulePage): Promise<number> {
    const rules = page.of('quota');
    if (rules.length === 0) return 0;
    const orgIds = [...new Set(rules.map(({ orgId }) => orgId))];
    const model = new QuotaUseReadModel(manager);
    const uses = [...(await model.mail(orgIds)), ...(await model.enrichment(orgIds))];
    const usesOf = byOrg(uses);
    const firings = rules.flatMap((rule) =>
      (usesOf.get(rule.orgId) ?? [])
        .filter(({ resource }) => resource === rule.settings.resource)
        .flatMap((use) => firingsOf(rule, use)),
    );
    const ruleOf = new Map(rules.map((rule) => [rule.id, rule]));
    const wanted = firings.filter(({ ruleId, fields }) => {
      const rule = ruleOf.get(ruleId);
      return rule !== undefined && this.firer.mayFire(rule, fields);
    });
    return this.firer.fire(manager, wanted);
  }
}

function byOrg(uses: readonly QuotaUse[]): Map<number, QuotaUse[]> {
  const found = new Map<number, QuotaUse[]>();
  for (const use of uses) {
    const those = found.get(use.orgId);
    if (those) those.push(use);
    else found.set(use.orgId, [use]);
  }
  return found;
}

function firingsOf({ id: ruleId, settings }: Rule, { resource, kind, period, used, limit }: QuotaUse): NewFiring[] {
  return reachedPercents(settings.values ?? [], used, limit).map((percent) => ({
    ruleId,
    subject: ['quota', resource, ...(kind === null ? [] : [kind]), period, percent].join(':'),
    subjectId: null,
    campaignId: null,
    fields: { resource, kind, percent, used, limit },
  }));
}
