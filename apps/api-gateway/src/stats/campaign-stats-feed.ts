import { statsChangedKey, statsChangedV1 } from '@groundswell/contracts';
import { Catalogue } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CampaignStatsStream } from './campaign-stats.stream';
import { FollowedCampaign } from './followed-campaign';
import { StatsReader, type CampaignFigures } from './stats-reader';

/** At most four times a second. */
const shortestPauseMs = 250;
/** An answer costs up to 0.2 ms, so that those of one process take a fifth of a core however many follow. */
const pausePerFollowerMs = 1;
/** Nothing that is told of changes is sure to come. */
const longestPauseMs = 5_000;

/**
 * Tells subscribers how a campaign's figures change, whichever replica took the actions. All who follow one campaign share one
 * read; who is told of a change and when decides nothing but how soon it is looked.
 */
@Injectable()
export class CampaignStatsFeed implements OnModuleInit, OnModuleDestroy {
  private readonly followed = new Map<number, FollowedCampaign>();
  private readonly stops: (() => void)[] = [];
  private followers = 0;

  constructor(
    private readonly reader: StatsReader,
    private readonly catalogue: Catalogue,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  get followerCount(): number {
    return this.followers;
  }

  onModuleInit(): void {
    const { events } = this.surroundings;
    if (events) this.stops.push(events.listen([statsChangedKey], (_key, body) => this.noteEvent(body)));
    // Extra supporters, orgs that are gone or renamed, campaigns that are deleted.
    const stop = this.catalogue.onChange((change) => {
      if (change.table === 'action_pages') this.note([change.before?.campaignId, change.after?.campaignId]);
      else if (change.table === 'campaigns') this.note([change.before?.id]);
      else if (change.table === 'orgs') this.note(this.followed.keys());
    });
    this.stops.push(stop);
  }

  onModuleDestroy(): void {
    for (const stop of this.stops) stop();
    for (const campaign of this.followed.values()) campaign.end();
  }

  /** The figures as they are, then as they become. Throws when they cannot be read now. */
  async follow(campaignId: number): Promise<CampaignStatsStream> {
    const stream = new CampaignStatsStream(campaignId, (ended) => this.leave(ended));
    this.join(stream);
    try {
      const figures = await this.reader.ofCampaign({ id: campaignId });
      stream.push(figures, this.textOf(figures));
      return stream;
    } catch (error) {
      await stream.return();
      throw error;
    }
  }

  private join(stream: CampaignStatsStream): void {
    let campaign = this.followed.get(stream.campaignId);
    if (!campaign) {
      campaign = new FollowedCampaign(
        () => this.tell(stream.campaignId),
        () => this.shortestPause,
        longestPauseMs,
      );
      this.followed.set(stream.campaignId, campaign);
    }
    campaign.streams.add(stream);
    this.followers += 1;
  }

  private leave(stream: CampaignStatsStream): void {
    const campaign = this.followed.get(stream.campaignId);
    if (!campaign?.streams.delete(stream)) return;
    this.followers -= 1;
    if (campaign.streams.size > 0) return;
    campaign.stop();
    this.followed.delete(stream.campaignId);
  }

  private get shortestPause(): number {
    return Math.max(shortestPauseMs, this.followers * pausePerFollowerMs);
  }

  /** Without a body: listening begins again, and something may have been missed. */
  private noteEvent(body: unknown): void {
    if (body === null) return this.note(this.followed.keys());
    const { data } = statsChangedV1.safeParse(body);
    if (data) this.note(data.campaignIds);
  }

  private note(campaignIds: Iterable<number | undefined>): void {
    for (const id of campaignIds) if (id !== undefined) this.followed.get(id)?.lookSoon();
  }

  private async tell(campaignId: number): Promise<void> {
    const campaign = this.followed.get(campaignId);
    if (!campaign) return;
    const row = this.catalogue.campaigns.get(campaignId);
    if (!row || row.deletedAt) return campaign.end();
    const figures = await this.reader.ofCampaign(row);
    const text = this.textOf(figures);
    for (const stream of campaign.streams) stream.push(figures, text);
  }

  /** What of them can be asked for: names of orgs are the catalogue's. */
  private textOf({ byOrg, ...figures }: CampaignFigures): string {
    const orgs = [...byOrg].map(([id, count]) => [id, count, this.catalogue.orgs.get(id)?.deletedAt ?? null]);
    return JSON.stringify([figures, orgs]);
  }
}
