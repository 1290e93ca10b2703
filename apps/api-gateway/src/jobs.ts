import type { JobSchedule, JobType } from '@groundswell/jobs';
import type { GatewayConfig } from './config';
import { expireAccountTokensJob, expireConfirmsJob } from './expiry/expiry-jobs';
import { backfillCampaignDatesJob, closeIdleCampaignsJob } from './upkeep/upkeep-jobs';

/** Every job type of this app; each has one handler marked with `@RunsJob` (docs/jobs.md). */
export const jobTypes: readonly JobType[] = [
  expireConfirmsJob,
  expireAccountTokensJob,
  closeIdleCampaignsJob,
  backfillCampaignDatesJob,
];

type ScheduleSettings = Pick<
  GatewayConfig,
  'EXPIRY_INTERVAL' | 'UPKEEP_INTERVAL' | 'CLOSE_IDLE_CAMPAIGNS_MONTHS' | 'BACKFILL_CAMPAIGN_DATES'
>;

/** What is done periodically. Campaigns are closed and dated by themselves only where the operator says so. */
export const jobSchedules = (config: ScheduleSettings): readonly JobSchedule[] => {
  const hourly = { everyMs: config.EXPIRY_INTERVAL };
  const daily = { everyMs: config.UPKEEP_INTERVAL };
  const months = config.CLOSE_IDLE_CAMPAIGNS_MONTHS;
  return [
    { name: 'expire-confirms', type: expireConfirmsJob, payload: {}, when: hourly },
    { name: 'expire-account-tokens', type: expireAccountTokensJob, payload: {}, when: hourly },
    ...(months > 0
      ? [{ name: 'close-idle-campaigns', type: closeIdleCampaignsJob, payload: { months, actorId: null }, when: daily }]
      : []),
    ...(config.BACKFILL_CAMPAIGN_DATES
      ? [{ name: 'backfill-campaign-dates', type: backfillCampaignDatesJob, payload: { actorId: null }, when: daily }]
      : []),
  ];
};
