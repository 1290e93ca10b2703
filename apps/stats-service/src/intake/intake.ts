import type { EntityManager } from 'typeorm';
import type { CounterDeltaV1 } from '@groundswell/contracts';
import { TransientError } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { DatabaseAwayError, type Database } from '@groundswell/persistence';
import { changeOf, type FiguresChange } from '../figures/figures-change';
import { FigureSums } from '../figures/figure-sums';
import { FiguresRepository, type PageActivity } from '../figures/figures.repository';
import type { Leader } from '../leading/leader';
import { OneAtATime } from '../leading/one-at-a-time';
import { orderDeltas, wentBack, type DeltaOrder, type Numbers } from './delta-order';
import { NumbersRepository } from './numbers.repository';

/** Told of every delta that was counted, in their order, after the commit. */
export type DeltaListener = (delta: CounterDeltaV1) => void;

/** Who shows figures to others. */
export interface FiguresOutlet {
  /** Never throws, and never waits for long. */
  show(change: FiguresChange): Promise<void>;
  /** What was shown last may be older than what is stored. */
  forget(): void;
}

export interface IntakeParts {
  database: Database;
  leader: Leader;
  outlets: readonly FiguresOutlet[];
  logger: Logger;
}

const pollMs = 20;

interface Applied {
  order: DeltaOrder;
  /** After it, of all partitions. */
  numbers: Numbers;
  change: FiguresChange | null;
  isBack: boolean;
}

/**
 * Counts deltas: those of a batch in one transaction with the partitions' numbers (docs/adr/0010). Twice is safe: a number
 * counts once. In any order: one that comes too early waits in a table. Whoever lost the lease writes nothing.
 */
export class Intake {
  /** All writing of figures takes its turn here, so that listeners know exactly what each transaction had before it. */
  readonly turns = new OneAtATime();
  /** True once numbers were found to be behind those counted; all has to be counted anew. */
  isSetBack = false;
  /** Rises when all was counted anew. */
  generation = 0;
  private readonly listeners = new Set<DeltaListener>();
  private numbers: Numbers = new Map();

  constructor(private readonly parts: IntakeParts) {}

  /** Returns how many were new. */
  async count(deltas: readonly CounterDeltaV1[]): Promise<number> {
    const { order, change } = await this.turns.run(async () => {
      const applied = await this.apply(deltas);
      if (applied.isBack) {
        this.isSetBack = true;
        throw new TransientError('delta numbers went back: all is counted anew first');
      }
      this.numbers = applied.numbers;
      for (const delta of applied.order.apply) for (const listener of this.listeners) listener(delta);
      return applied;
    });
    if (order.foreign.length > 0) {
      const numbers = order.foreign.map(({ partition, number }) => `${partition}:${number}`);
      this.parts.logger.warn({ numbers }, 'deltas of actions that are not in the database');
    }
    if (change) await this.show(change);
    return order.apply.length;
  }

  /** Begins between two transactions; returns the end of it. */
  listen(listener: DeltaListener): Promise<() => void> {
    return this.turns.run(async () => {
      this.listeners.add(listener);
      return () => void this.listeners.delete(listener);
    });
  }

  /** Of the lease; null while another replica may write. */
  get term(): number | null {
    return this.parts.leader.term;
  }

  /**
   * One transaction that only commits while this replica leads, and has led since `term` if that is given: another replica may
   * have written in between. Call it inside a turn.
   */
  async write<T>(work: (manager: EntityManager) => Promise<T>, term?: number | null): Promise<T> {
    const { database, leader, outlets } = this.parts;
    try {
      return await database.transaction(async (manager) => {
        await leader.check(manager, term);
        await new FiguresRepository(manager).lock();
        return work(manager);
      });
    } catch (error) {
      // It may be stored all the same.
      if (error instanceof DatabaseAwayError) for (const outlet of outlets) outlet.forget();
      throw error;
    }
  }

  async show(change: FiguresChange): Promise<void> {
    for (const outlet of this.parts.outlets) await outlet.show(change);
  }

  /** Waits until all deltas up to these numbers are counted; false when it takes longer than that, or `signal` ends it. */
  async reaches(numbers: Numbers, limitMs: number, signal: AbortSignal): Promise<boolean> {
    const isThere = () => [...numbers].every(([partition, number]) => (this.numbers.get(partition) ?? 0) >= number);
    for (const until = performance.now() + limitMs; !isThere();) {
      if (signal.aborted || performance.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return true;
  }

  private apply(deltas: readonly CounterDeltaV1[]): Promise<Applied> {
    return this.write(async (manager) => {
      const rows = new NumbersRepository(manager);
      const { applied, given, isWaiting } = await rows.read();
      const moving = deltas.filter(({ partition, number }) => number === (applied.get(partition) ?? 0) + 1);
      const order = orderDeltas({
        applied,
        given,
        pending: isWaiting ? await rows.pending(moving.map(({ partition }) => partition)) : [],
        arrived: deltas,
      });
      if (wentBack(applied, given)) return { order, numbers: applied, change: null, isBack: true };
      const change = order.apply.length > 0 ? await this.countIn(manager, order.apply) : null;
      await rows.note(order.numbers);
      await rows.keep(order.keep);
      await rows.release(order.release);
      return { order, numbers: new Map([...applied, ...order.numbers]), change, isBack: false };
    });
  }

  private async countIn(manager: EntityManager, deltas: readonly CounterDeltaV1[]): Promise<FiguresChange> {
    const figures = new FiguresRepository(manager);
    const version = await figures.nextVersion();
    const sums = new FigureSums();
    for (const delta of deltas) for (const campaign of delta.campaigns) sums.addDelta(campaign);
    const counted = await figures.add(sums.nonZero());
    const pages = await figures.notePages(pagesOf(deltas));
    const campaignIds = [...new Set([...sums.campaignIds, ...pages.map(({ campaignId }) => campaignId)])];
    await figures.noteChanged(campaignIds, version);
    return changeOf(version, campaignIds, counted, pages);
  }
}

/** Each page once: a statement may write a row once only. */
export function pagesOf(deltas: readonly CounterDeltaV1[]): PageActivity[] {
  const pages = new Map<number, PageActivity>();
  for (const delta of deltas) {
    for (const [id, { campaignId, lastActionAt, location = null }] of Object.entries(delta.pages ?? {})) {
      const pageId = Number(id);
      const told: PageActivity = { pageId, campaignId, lastActionAt: new Date(lastActionAt), location };
      const known = pages.get(pageId);
      if (!known) pages.set(pageId, told);
      else if (told.lastActionAt >= known.lastActionAt) {
        pages.set(pageId, { ...told, location: location ?? known.location });
      } else known.location ??= location;
    }
  }
  return [...pages.values()];
}
