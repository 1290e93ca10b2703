import type { JobRunner } from '@groundswell/jobs';
import type { Database } from '@groundswell/persistence';
import type { FactReader } from '../facts/fact-readers';
import type { NotifyFact } from '../facts/notify-fact';
import type { CounterWatch } from './counter-watch';
import type { RuleBook } from './rule-book';

/** Looks at goals and milestones when stats-service says that figures changed. What it does not hear of waits for `check-counters`.
 *  Twice is safe: see CounterWatch. */
export class CountersReader implements FactReader {
  readonly id = 'counters';
  readonly schemas = ['groundswell:stats-changed:1'] as const;

  constructor(
    private readonly database: Pick<Database, 'transaction'>,
    private readonly book: Pick<RuleBook, 'current'>,
    private readonly watch: Pick<CounterWatch, 'check'>,
    private readonly runner: Pick<JobRunner, 'wake'>,
  ) {}

  async read(facts: readonly NotifyFact[]): Promise<void> {
    const page = await this.book.current();
    if (!page.has('goal', 'milestone')) return;
    const changed = new Set(
      facts.flatMap((fact) => (fact.schema === 'groundswell:stats-changed:1' ? fact.campaignIds : [])),
    );
    const fired = await this.database.transaction((manager) => this.watch.check(manager, page, changed));
    if (fired > 0) this.runner.wake();
  }
}
