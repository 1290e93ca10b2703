import type { CounterDeltaV1 } from '@groundswell/contracts';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { FigureSums, type Figure } from '../figures/figure-sums';
import { FiguresRepository, type PageActivity } from '../figures/figures.repository';
import type { Numbers } from '../intake/delta-order';
import { pagesOf, type Intake } from '../intake/intake';
import { NumbersRepository } from '../intake/numbers.repository';
import { RecountReadModel } from './recount.read-model';
import { inSnapshot, portions } from './snapshot';

export type FullCountReason = 'first' | 'gap' | 'set back';

export interface FullCountParts {
  /** Of connections whose statements may take long. */
  counting: Database;
  intake: Intake;
  logger: Logger;
  /** After it: what others show is to be copied anew. */
  onCounted(campaignIds: readonly number[]): void;
}

interface Counted {
  figures: FigureSums;
  pages: PageActivity[];
  /** Last numbers whose actions were counted. */
  numbers: Numbers;
}

const campaignsAtOnce = 100;
const pagesAtOnce = 200;

/**
 * Counts everything from the actions, in one snapshot that also has the numbers of the deltas, while deltas are counted as
 * ever; what they added meanwhile beyond those numbers is added to it. For the first time, and where deltas are missing.
 */
export class FullCount {
  /** How long the last one took. */
  tookMs = 0;

  constructor(private readonly parts: FullCountParts) {}

  async run(reason: FullCountReason): Promise<void> {
    const { intake, logger } = this.parts;
    const startedAt = performance.now();
    const meanwhile: CounterDeltaV1[] = [];
    const stopListening = await intake.listen((delta) => meanwhile.push(delta));
    try {
      const counted = await this.count();
      const changed = await intake.turns.run(() => this.store(counted, meanwhile));
      intake.isSetBack = false;
      this.tookMs = performance.now() - startedAt;
      const fields = { reason, figures: changed.length, ms: Math.round(this.tookMs) };
      logger[reason === 'first' ? 'info' : 'warn'](fields, 'all figures counted anew');
    } finally {
      stopListening();
    }
    // What waited for deltas that are counted now.
    await intake.count([]);
  }

  private count(): Promise<Counted> {
    return inSnapshot(this.parts.counting, async (manager) => {
      const { given: numbers } = await new NumbersRepository(manager).read();
      const recount = new RecountReadModel(manager);
      const figures = new FigureSums();
      for (const ids of portions(await recount.campaignsWithActions(), campaignsAtOnce)) {
        figures.addAll(await recount.figuresOf(ids));
      }
      const pages: PageActivity[] = [];
      for (const some of portions(await recount.pages(), pagesAtOnce)) {
        pages.push(...(await recount.activityOf(some)));
      }
      return { figures, pages, numbers };
    });
  }

  /** Returns the figures that were wrong. Runs in a turn: nothing is counted between `meanwhile` and this transaction. */
  private async store({ figures, pages, numbers }: Counted, meanwhile: readonly CounterDeltaV1[]): Promise<Figure[]> {
    const { intake, onCounted } = this.parts;
    const later = meanwhile.filter(({ partition, number }) => number > (numbers.get(partition) ?? 0));
    for (const delta of later) for (const campaign of delta.campaigns) figures.addDelta(campaign);
    const reached = new Map(numbers);
    for (const { partition, number } of later) reached.set(partition, Math.max(number, reached.get(partition) ?? 0));
    const activity = [...pages, ...pagesOf(later)];
    const campaignIds = [...new Set([...figures.campaignIds, ...activity.map(({ campaignId }) => campaignId)])];
    const changed = await intake.write(async (manager) => {
      const rows = new FiguresRepository(manager);
      const version = await rows.nextVersion();
      const wrong = differences(figures, await rows.all());
      await rows.set(wrong);
      await rows.notePages(pages);
      await rows.notePages(pagesOf(later));
      await rows.noteChanged([...new Set([...campaignIds, ...wrong.map(({ campaignId }) => campaignId)])], version);
      await manager.query('update stats.campaigns set changed_at = now(), checked_at = clock_timestamp()');
      const progress = new NumbersRepository(manager);
      await progress.note(reached);
      await progress.releaseCounted();
      await rows.noteCounted();
      return wrong;
    });
    intake.generation += 1;
    onCounted(campaignIds);
    return changed;
  }
}

/** Rows of `stored` that should be otherwise, as they should be; those that are no more as 0. */
export function differences(figures: FigureSums, stored: readonly Figure[]): Figure[] {
  const drift = new FigureSums().addAll(figures).addAll(stored, -1);
  const right = new FigureSums().addAll(drift.nonZero());
  for (const { campaignId, kind, id, name, count } of stored) {
    if (right.has({ campaignId, kind, id, name })) right.add({ campaignId, kind, id, name, count });
  }
  return [...right];
}
