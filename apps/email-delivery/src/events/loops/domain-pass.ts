import type { Logger } from '@groundswell/observability';
import type { Database, LeaseRepository } from '@groundswell/persistence';
import type { EventPages, PageResult } from '../mail-event';
import type { EventSources, PolledAccount } from './event-source';
import { DomainMemory } from './domain-memory';
import {
  LoopLeaseLostError,
  LoopRepository,
  readMetadata,
  type LoopClaim,
  type LoopRow,
  type Schedule,
} from './loop.repository';
import {
  cursorAfter,
  cursorAfterNothing,
  isEmptyWindow,
  isWorthReading,
  latestWindow,
  missingWindow,
  runBudget,
  scheduledWindow,
  typesOf,
  type LoopName,
  type LoopWindow,
} from './loop-rules';

export interface PassParts {
  database: Database;
  leases: LeaseRepository;
  sources: EventSources;
  pages: EventPages;
  logger: Logger;
  now: () => Date;
}

/** One run of all loops over one account's events (email-events.md §2.5). Its counters are kept by the storage in each page's
 *  transaction, by transition: there is nothing to aggregate afterwards, and nothing that a crash could leave out (§10). */
export class DomainPass {
  private readonly totals: Partial<Record<keyof PageResult, number>> = {};
  private readonly counts = { latestOpened: 0, latest: 0, missing: 0, scheduled: 0 };
  private skipped = 0;

  constructor(
    private readonly parts: PassParts,
    private readonly account: PolledAccount,
    private readonly memory: DomainMemory,
    private readonly claim: LoopClaim,
    private readonly signal: AbortSignal,
  ) {}

  /** Whether there is more to read at once. */
  async run(): Promise<boolean> {
    try {
      return await this.runLoops();
    } finally {
      const { counts, totals, skipped } = this;
      const isWorthALine = Object.values(counts).some((count) => count > 0) || skipped > 0;
      const fields = { serviceId: this.account.serviceId, ...counts, ...totals, skipped };
      if (isWorthALine) this.parts.logger.info(fields, 'mail events read');
      if (skipped > 0) this.parts.logger.warn({ serviceId: this.account.serviceId, skipped }, 'mail events unreadable');
    }
  }

  private async runLoops(): Promise<boolean> {
    const { counts } = this;
    counts.latestOpened = await this.runLatest('latestOpened', runBudget);
    if (counts.latestOpened >= runBudget || this.signal.aborted) return !this.signal.aborted;
    counts.latest = await this.runLatest('latest', runBudget - counts.latestOpened);
    const leftForMissing = runBudget - counts.latestOpened - counts.latest;
    if (isWorthReading(leftForMissing) && !this.signal.aborted) counts.missing = await this.runMissing(leftForMissing);
    if (this.signal.aborted) return false;
    if (counts.latestOpened + counts.latest + counts.missing > runBudget) return true;
    counts.scheduled = await this.runScheduled();
    return counts.scheduled > 0 && !this.signal.aborted;
  }

  private async runLatest(name: 'latest' | 'latestOpened', maxEvents: number): Promise<number> {
    const { database, leases, now } = this.parts;
    const row = await this.row(name);
    const newest = () =>
      database.run((manager) => new LoopRepository(manager, leases).newestStored(this.account.serviceId, name));
    const window = await latestWindow({ memory: this.memory.cursorOf(name), stored: row }, newest, now());
    this.memory.began(name, window.begin);
    const count = await this.runWindow(name, window, maxEvents);
    if (count === 0 && !isEmptyWindow(window)) this.memory.moved(name, cursorAfterNothing(window));
    return count;
  }

  private async runMissing(maxEvents: number): Promise<number> {
    const row = await this.row('missing');
    const { memory } = this;
    const lastBegins = [memory.beginOf('latest'), memory.beginOf('latestOpened')];
    const position = { memory: memory.cursorOf('missing'), stored: row };
    return this.runWindow('missing', missingWindow(position, lastBegins, this.parts.now()), maxEvents);
  }

  private async runScheduled(): Promise<number> {
    const row = await this.row('scheduled');
    const { schedule, isCanceled } = readMetadata(row?.metadata);
    if (!row || !schedule) return 0;
    this.memory.scheduleIs(schedule.id);
    const window = scheduledWindow(schedule, { memory: this.memory.cursorOf('scheduled'), stored: row });
    if (isCanceled || isEmptyWindow(window)) {
      await this.write((loops) => loops.clearSchedule(this.claim, this.account.domain));
      return 0;
    }
    return this.runWindow('scheduled', window, runBudget, schedule);
  }

  /** Reads one window. A fault is written and thrown on; what was stored before it stays, and is where the next run begins. */
  private async runWindow(name: LoopName, window: LoopWindow, maxEvents: number, schedule?: Schedule): Promise<number> {
    if (isEmptyWindow(window)) return 0;
    const { claim, account } = this;
    const hasBegun = await this.write(async (loops) => {
      if (schedule) return loops.beginScheduled(claim, account.domain, schedule, window.begin);
      await loops.begin(claim, name, account.domain, window.begin);
      return true;
    });
    if (!hasBegun) return 0;
    const progress = { count: 0 };
    try {
      const { count, ended } = await this.fetch(name, window, maxEvents, progress);
      const cursor = ended === 'told to' ? null : this.memory.cursorOf(name);
      const next = cursorAfter(cursor, { count, maxEvents, end: window.end }, this.parts.now());
      if (next) this.memory.moved(name, next);
      const isOver = schedule !== undefined && (count === 0 || ended === 'told to');
      const isDrained = ended === 'drained';
      await this.write((loops) =>
        loops.end(claim, name, account.domain, { status: 'finished', error: null, count, isDrained, isOver }),
      );
      return isOver ? 0 : count;
    } catch (error) {
      this.counts[name] = progress.count;
      await this.fail(name, error, progress.count);
      throw error;
    }
  }

  private async fetch(name: LoopName, window: LoopWindow, maxEvents: number, progress: { count: number }) {
    const { sources, pages } = this.parts;
    const source = await sources.open(this.account.serviceId);
    if (!source) return { count: 0, skipped: 0, ended: 'drained' as const };
    try {
      const query = { ...window, types: typesOf[name] };
      const fetched = await source.fetch(query, {
        maxEvents,
        signal: this.signal,
        onPage: async ({ events, count, skipped, newestAt }) => {
          if (events.length > 0) this.add(await pages.process(events));
          progress.count += count;
          this.skipped += skipped;
          return this.move(name, newestAt);
        },
      });
      return fetched;
    } finally {
      await source.close();
    }
  }

  /** After a page is stored, never before. Returns whether to read on. */
  private async move(name: LoopName, newestAt: Date | null): Promise<boolean> {
    const isCanceled = await this.write((loops) => loops.move(this.claim, name, this.account.domain, newestAt));
    if (newestAt) this.memory.moved(name, newestAt);
    return !isCanceled;
  }

  /** Where not even that can be written, the row stays `started`, of a lease that runs out. */
  private async fail(name: LoopName, error: unknown, count: number): Promise<void> {
    if (error instanceof LoopLeaseLostError) return;
    const isStopped = this.signal.aborted;
    const ended = {
      status: isStopped ? ('finished' as const) : ('failed' as const),
      error: isStopped ? null : error instanceof Error ? error.message : String(error),
      count,
      isDrained: false,
      isOver: false,
    };
    await this.write((loops) => loops.end(this.claim, name, this.account.domain, ended)).catch((fault: unknown) => {
      const reason = fault instanceof Error ? fault.message : String(fault);
      this.parts.logger.warn({ serviceId: this.account.serviceId, reason }, 'fault of a loop not written');
    });
  }

  private add(result: PageResult): void {
    for (const [key, n] of Object.entries(result) as [keyof PageResult, number][]) {
      if (n > 0) this.totals[key] = (this.totals[key] ?? 0) + n;
    }
  }

  private async row(name: LoopName): Promise<LoopRow | null> {
    const { database, leases } = this.parts;
    const rows = await database.run((manager) => new LoopRepository(manager, leases).rows([this.account.domain]));
    return rows.find((row) => row.name === name) ?? null;
  }

  private write<T>(work: (loops: LoopRepository) => Promise<T>): Promise<T> {
    const { database, leases } = this.parts;
    return database.transaction((manager) => work(new LoopRepository(manager, leases)));
  }
}
