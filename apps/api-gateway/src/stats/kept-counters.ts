import { DatabaseAwayError } from '@groundswell/persistence';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { noCounters, type CampaignCounters } from './counters';

interface Kept {
  readAt: number;
  counters: CampaignCounters;
}

const longestKeptMs = 5_000;
const campaignsKept = 5_000;

/**
 * Counters no older than `keepMs`, each campaign read by one statement at a time however many ask. While the database
 * is away the last known figures stand: they are never shown lower than they were.
 */
export class KeptCounters {
  private readonly kept = new Map<number, Kept>();
  private readonly reading = new Map<number, Promise<CampaignCounters>>();
  private readonly keepMs: number;
  private readonly lookup: BatchedLookup<number, CampaignCounters>;

  constructor(
    read: (campaignIds: number[]) => Promise<Map<number, CampaignCounters>>,
    keepMs: number,
    private readonly now: () => number = Date.now,
  ) {
    this.keepMs = Math.min(keepMs, longestKeptMs);
    this.lookup = new BatchedLookup(read);
  }

  async of(campaignId: number): Promise<CampaignCounters> {
    const kept = this.kept.get(campaignId);
    if (kept && this.now() - kept.readAt < this.keepMs) return kept.counters;
    const running = this.reading.get(campaignId);
    if (running) return running;
    const reading = this.read(campaignId, kept).finally(() => this.reading.delete(campaignId));
    this.reading.set(campaignId, reading);
    return reading;
  }

  private async read(campaignId: number, last: Kept | undefined): Promise<CampaignCounters> {
    const readAt = this.now();
    try {
      const counters = (await this.lookup.get(campaignId)) ?? noCounters;
      this.keep(campaignId, { readAt, counters });
      return counters;
    } catch (error) {
      if (last && error instanceof DatabaseAwayError) return last.counters;
      throw error;
    }
  }

  private keep(campaignId: number, entry: Kept): void {
    this.kept.delete(campaignId);
    this.kept.set(campaignId, entry);
    if (this.kept.size <= campaignsKept) return;
    const [oldest] = this.kept.keys();
    if (oldest !== undefined) this.kept.delete(oldest);
  }
}
