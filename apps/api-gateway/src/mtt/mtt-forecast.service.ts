import { campaignStatusCode, clockTime, defaultHourlyRules, defaultMttCycleMs, forecastMtt } from '@groundswell/domain';
import type { MttForecast } from '@groundswell/domain';
import { Database, type Mtt } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { groupedBy } from '../mails/grouped-by';
import { MttProgressReadModel, noProgress, type MttProgress, type WaitingTarget } from './mtt-progress.read-model';

const over = [campaignStatusCode('closed'), campaignStatusCode('ignored')];

/** Where the messages of a campaign stand, and when the rest will go (email-and-mtt.md §5). */
@Injectable()
export class MttForecastService {
  private readonly counts: BatchedLookup<number, MttProgress>;
  /** By the settings' own row: fields of one answer share it. */
  private readonly waitingTargets: BatchedLookup<Mtt, WaitingTarget[]>;
  private readonly made = new WeakMap<Mtt, Promise<MttForecast>>();

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    @Inject(GATEWAY_CONFIG) private readonly config: Partial<GatewayConfig>,
  ) {
    this.counts = new BatchedLookup((ids) =>
      database.run((manager) => new MttProgressReadModel(manager).ofCampaigns(ids)),
    );
    this.waitingTargets = new BatchedLookup(async (settings) => {
      const asked = settings.map(({ campaignId, timezone, maxPerTargetPerDay }) => {
        const { day } = clockTime(new Date(), timezone);
        return { campaignId, day, maxPerDay: maxPerTargetPerDay };
      });
      const targets = await database.run((manager) => new MttProgressReadModel(manager).waiting(asked));
      const found = groupedBy(targets, ({ campaignId }) => String(campaignId));
      return new Map(settings.map((mtt) => [mtt, found.get(String(mtt.campaignId)) ?? []]));
    });
  }

  async progress({ campaignId }: Mtt): Promise<MttProgress> {
    return (await this.counts.get(campaignId)) ?? noProgress;
  }

  /** Once for all fields of an answer. */
  forecast(mtt: Mtt): Promise<MttForecast> {
    let forecast = this.made.get(mtt);
    if (!forecast) this.made.set(mtt, (forecast = this.make(mtt)));
    return forecast;
  }

  private async make(mtt: Mtt): Promise<MttForecast> {
    const targets = (await this.waitingTargets.get(mtt)) ?? [];
    const waiting = sumOf(targets);
    if (over.includes(this.lookup.campaignById(mtt.campaignId).status)) return { days: [], left: waiting };
    const reachable = targets.filter(({ isReachable }) => isReachable);
    const pace = { ...mtt, isDrip: mtt.dripDelivery ?? true, ...this.rules() };
    const { days, left } = forecastMtt(pace, reachable, new Date());
    return { days, left: left + waiting - sumOf(reachable) };
  }

  /** What mtt-service goes by, if both have the same variables. */
  private rules() {
    const { MTT_CYCLE: cycleMs = defaultMttCycleMs } = this.config;
    const { perHour, ratios } = defaultHourlyRules;
    const hourly = { perHour: this.config.MTT_HOURLY_CAP ?? perHour, ratios: this.config.MTT_HOUR_RATIOS ?? ratios };
    return { cycleMs, hourly };
  }
}

const sumOf = (targets: WaitingTarget[]): number => targets.reduce((sum, { pending }) => sum + pending, 0);
