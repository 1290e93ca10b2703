import { DatabaseAwayError } from '@groundswell/persistence';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { noCounters, type CampaignCounters } from './counters';

/** Counters in Redis. */
export interface CountersMirror {
  /**
   * What Redis has of these campaigns, given the versions known here: `unchanged` stands for those, a campaign without any
   * action is left out. Null when Redis has no figures now; never throws.
   */
  read(known: ReadonlyMap<number, number | null>): Promise<Map<number, CampaignCounters | 'unchanged'> | null>;
}

interface Kept {
  /** Of the last look at Redis or the database, ms. */
  readAt: number;
  /** Rises with each change of what is kept. */
  turn: number;
  counters: CampaignCounters;
}

const longestKeptMs = 5_000;
const campaignsKept = 5_000;

/**
 * Counters from Redis, all campaigns asked for at once in one round trip; from the database where Redis has none or older ones
 * than were shown, then no older than `keepMs` and each campaign by one statement at a time however many ask. What was shown
 * is remembered, so a figure never goes back, and stands while both are away.
 */
export class KeptCounters {
  private readonly kept = new Map<number, Kept>();
  private readonly reading = new Map<number, Promise<CampaignCounters>>();
  private readonly keepMs: number;
  private readonly mirrored: BatchedLookup<number, CampaignCounters>;
  private readonly stored: BatchedLookup<number, CampaignCounters>;
  private turn = 0;

  constructor(
    private readonly mirror: CountersMirror,
    readStored: (campaignIds: number[]) => Promise<Map<number, CampaignCounters>>,
    keepMs: number,
    private readonly now: () => number = Date.now,
  ) {
    this.keepMs = Math.min(keepMs, longestKeptMs);
    this.mirrored = new BatchedLookup((ids) => this.readMirror(ids));
    this.stored = new BatchedLookup(readStored);
  }

  async of(campaignId: number): Promise<CampaignCounters> {
    return (await this.mirrored.get(campaignId)) ?? this.fromDatabase(campaignId);
  }

  /** Without those for which the database has to be asked. */
  private async readMirror(ids: number[]): Promise<Map<number, CampaignCounters>> {
    const shown = new Map(ids.map((id) => [id, this.kept.get(id)?.counters ?? null]));
    const readAt = this.now();
    const answers = await this.mirror.read(
      new Map([...shown].map(([id, counters]) => [id, counters?.version ?? null])),
    );
    const found = new Map<number, CampaignCounters>();
    if (!answers) return found;
    for (const [id, last] of shown) {
      const answer = answers.get(id) ?? noCounters;
      const counters = answer === 'unchanged' ? last : answer;
      if (counters && counters.version >= (last?.version ?? 0)) found.set(id, this.keep(id, readAt, counters));
    }
    return found;
  }

  private fromDatabase(id: number): Promise<CampaignCounters> {
    const kept = this.kept.get(id);
    if (kept && this.now() - kept.readAt < this.keepMs) return Promise.resolve(kept.counters);
    const running = this.reading.get(id);
    if (running) return running;
    const reading = this.readStored(id).finally(() => this.reading.delete(id));
    this.reading.set(id, reading);
    return reading;
  }

  private async readStored(id: number): Promise<CampaignCounters> {
    const readAt = this.now();
    const { turn } = this;
    try {
      const counters = (await this.stored.get(id)) ?? noCounters;
      const kept = this.kept.get(id);
      // Nothing else was shown meanwhile, so a lower version is that of a database that was set back.
      if (kept && kept.turn <= turn && kept.counters.version > counters.version) this.kept.delete(id);
      return this.keep(id, readAt, counters);
    } catch (error) {
      const last = this.kept.get(id);
      if (last && error instanceof DatabaseAwayError) return last.counters;
      throw error;
    }
  }

  /** Returns what is shown: a read that was overtaken by a newer one gives way to it. */
  private keep(id: number, readAt: number, counters: CampaignCounters): CampaignCounters {
    const kept = this.kept.get(id);
    if (kept && kept.counters.version > counters.version) return kept.counters;
    this.kept.delete(id);
    this.kept.set(id, { readAt, counters, turn: ++this.turn });
    if (this.kept.size > campaignsKept) this.forgetOldest();
    return counters;
  }

  private forgetOldest(): void {
    const [oldest] = this.kept.keys();
    if (oldest !== undefined) this.kept.delete(oldest);
  }
}
