import type { Mtt } from '@groundswell/persistence';
import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { MttForecastService } from './mtt-forecast.service';
import { MttPauseService } from './mtt-pause.service';

@Resolver()
export class MttResolver {
  constructor(private readonly pausing: MttPauseService) {}

  @Mutation('pauseMtt')
  pauseMtt(@Args('campaignId') campaignId: number, @Context() { viewer }: RequestContext) {
    return this.pausing.change(viewer, campaignId, 'pauseMtt');
  }

  @Mutation('resumeMtt')
  resumeMtt(@Args('campaignId') campaignId: number, @Context() { viewer }: RequestContext) {
    return this.pausing.change(viewer, campaignId, 'resumeMtt');
  }
}

@Resolver('CampaignMtt')
export class CampaignMttResolver {
  constructor(private readonly forecasts: MttForecastService) {}

  @ResolveField('progress')
  progress(@Parent() mtt: Mtt) {
    return this.forecasts.progress(mtt);
  }

  @ResolveField('forecast')
  async forecast(@Parent() mtt: Mtt) {
    const { days } = await this.forecasts.forecast(mtt);
    return days.map(({ day, count }) => ({ day, planned: count }));
  }

  @ResolveField('forecastLeft')
  async forecastLeft(@Parent() mtt: Mtt) {
    return (await this.forecasts.forecast(mtt)).left;
  }
}
