import type { EntityManager } from 'typeorm';
import type { CounterDeltaV1 } from '@groundswell/contracts';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { FigureSums, type Figure } from '../figures/figure-sums';
import { FiguresRepository, type PageActivity } from '../figures/figures.repository';
import type { Numbers } from '../intake/delta-order';
import { HeardNumbers } from '../intake/heard-numbers';
import { pagesOf, type Intake } from '../intake/intake';
import { MissedDeltasError } from '../intake/missed-deltas.error';
import { NumbersRepository } from '../intake/numbers.repository';
import { RecountReadModel } from './recount.read-model';
import { inSnapshot, portions } from './snapshot';

export type FullCountReason = 'first' | 'gap' | 'set back';

export interface FullCountParts {
  /** Of connections whose statements may take long. */
  counting: Database;
  intake: Intake;
  logger: Logger;
  /** What others show is to be copied anew. */
  onStored(): void;
  /** After it, with whatever came meanwhile. */
  onCounted(campaignIds: readonly number[]): void;
}

export interface FullCountSettings {
  /** Longest it may take, ms. */
  limitMs: number;
  /** How long the first one waits at its end for the deltas of actions that came meanwhile, ms. */
  settleMs: number;
}

interface Counted {
  figures: FigureSums;
  pages: PageActivity[];
  /** Last numbers whose actions were counted. */
  numbers: Numbers;
  /** Last numbers of the deltas that were counted then. */
  applied: Numbers;
}

/** What was counted while all was counted anew, and since which term of the leader. */
interface Meanwhile {
  term: number | null;
  deltas: CounterDeltaV1[];
  heard: HeardNumbers;
}

interface Stored {
  /** Campaigns with figures or pages. */
  campaignIds: number[];
  /** How many figures were wrong. */
  wrong: number;
  /** Last numbers given away by then. */
  given: Numbers;
}

const campaignsAtOnce = 100;
const pagesAtOnce = 200;

/**
 * Counts everything from the actions, in one snapshot that also has the numbers of the deltas, while deltas are counted as
 * ever; what they added meanwhile beyond those numbers is added to it. For the first time, and where deltas are missing.
 */
export class FullCount {
  /** How long counting took the last time. */
  tookMs = 0;
  private cutting = new AbortController();

  constructor(
    private readonly parts: FullCountParts,
    private readonly settings: FullCountSettings,
  ) {}

  /** Ends the one under way without a result. */
  cut(): void {
    this.cutting.abort();
  }

  async run(reason: FullCountReason): Promise<void> {
    const { intake, logger, onCounted } = this.parts;
    const startedAt = performance.now();
    this.cutting = new AbortController();
    const meanwhile: Meanwhile = { term: intake.term, deltas: [], heard: new HeardNumbers() };
    const stopListening = await intake.listen((delta) => {
      meanwhile.deltas.push(delta);
      meanwhile.heard.note(delta);
    });
    try {
      const counted = await this.count().finally(() => (this.tookMs = performance.now() - startedAt));
      const stored = await intake.turns.run(() => this.store(counted, meanwhile));
      const fields = { reason, figures: stored.wrong, ms: Math.round(performance.now() - startedAt) };
      logger[reason === 'first' ? 'info' : 'warn'](fields, 'all figures counted anew');
      // What waited for deltas that are counted now.
      await intake.count([]);
      if (reason === 'first') await this.endFirst(stored, meanwhile.term);
      onCounted(stored.campaignIds);
    } finally {
      stopListening();
    }
  }

  private count(): Promise<Counted> {
    const limits = { limitMs: this.settings.limitMs, signal: this.cutting.signal };
    const work = async (manager: EntityManager): Promise<Counted> => {
      const { given: numbers, applied } = await new NumbersRepository(manager).read();
      const recount = new RecountReadModel(manager);
      const figures = new FigureSums();
      for (const ids of portions(await recount.campaignsWithActions(), campaignsAtOnce)) {
        figures.addAll(await recount.figuresOf(ids));
      }
      const pages: PageActivity[] = [];
      for (const some of portions(await recount.pages(), pagesAtOnce)) {
        pages.push(...(await recount.activityOf(some)));
      }
      return { figures, pages, numbers, applied };
    };
    return inSnapshot(this.parts.counting, work, limits);
  }

  /** Runs in a turn: nothing is counted between `meanwhile` and this transaction. */
  private async store(counted: Counted, { deltas, heard, term }: Meanwhile): Promise<Stored> {
    const { intake, onStored } = this.parts;
    const { figures, pages, numbers, applied } = counted;
    const later = deltas.filter(({ partition, number }) => number > (numbers.get(partition) ?? 0));
    for (const delta of later) for (const campaign of delta.campaigns) figures.addDelta(campaign);
    const reached = new Map(numbers);
    for (const { partition, number } of later) reached.set(partition, Math.max(number, reached.get(partition) ?? 0));
    const activity = [...pages, ...pagesOf(later)];
    const campaignIds = [...new Set([...figures.campaignIds, ...activity.map(({ campaignId }) => campaignId)])];
    const stored = await intake.write(async (manager) => {
      const progress = new NumbersRepository(manager);
      const now = await progress.read();
      if (!heard.areAll(applied, now.applied) || isMovedOn(counted, now.applied)) throw new MissedDeltasError();
      const wrong = await replaceFigures(manager, figures, campaignIds);
      await new FiguresRepository(manager).notePages(pages);
      await new FiguresRepository(manager).notePages(pagesOf(later));
      await progress.note(reached);
      await progress.releaseCounted();
      return { campaignIds, wrong, given: now.given };
    }, term);
    intake.generation += 1;
    intake.isSetBack = false;
    onStored();
    return stored;
  }

  /** Until now gateways counted by themselves, up to the latest action: what they show must not be less after it. */
  private async endFirst({ given }: Stored, term: number | null): Promise<void> {
    const { intake } = this.parts;
    await intake.reaches(given, this.settings.settleMs, this.cutting.signal);
    await intake.turns.run(() => intake.write((manager) => new FiguresRepository(manager).noteCounted(), term));
  }
}

/** True where numbers that are beyond those given away moved on meanwhile: nobody knows then which of them were counted. */
const isMovedOn = ({ numbers, applied }: Counted, now: Numbers): boolean =>
  [...now].some(([partition, number]) => {
    const before = applied.get(partition) ?? 0;
    return before > (numbers.get(partition) ?? 0) && number !== before;
  });

/** Returns how many figures were wrong. */
async function replaceFigures(
  manager: EntityManager,
  figures: FigureSums,
  campaignIds: readonly number[],
): Promise<number> {
  const rows = new FiguresRepository(manager);
  const version = await rows.nextVersion();
  const wrong = differences(figures, await rows.all());
  await rows.set(wrong);
  await rows.noteChanged([...new Set([...campaignIds, ...wrong.map(({ campaignId }) => campaignId)])], version);
  await manager.query('update stats.campaigns set changed_at = now(), checked_at = clock_timestamp()');
  return wrong.length;
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
