import type { JobSchedule, JobType } from '@groundswell/jobs';
import { askOptInJob, releaseAwaitingJob } from './awaiting/awaiting-jobs';
import type { NotifyConfig } from './config';
import { remindVolunteerJob } from './follow-ups/remind-volunteer.job';
import { ruleJobTypes } from './rules/rule-jobs';
import { ruleSchedules } from './rules/rule-schedules';
import { buildMailoutJob, settleMailoutsJob } from './mailouts/mailout-jobs';

/** Every job type of this app; each has one handler marked with `@RunsJob` (docs/jobs.md). */
export const jobTypes: readonly JobType[] = [
  buildMailoutJob,
  settleMailoutsJob,
  releaseAwaitingJob,
  askOptInJob,
  remindVolunteerJob,
  ...ruleJobTypes,
];

/** What is done periodically. */
export const jobSchedules = (config: NotifyConfig): readonly JobSchedule[] => [
  ...ruleSchedules(config),
  { name: 'settle-mailouts', type: settleMailoutsJob, payload: {}, when: { everyMs: config.MAILOUT_SETTLE_INTERVAL } },
  { name: 'release-awaiting', type: releaseAwaitingJob, payload: {}, when: { everyMs: config.AWAITING_INTERVAL } },
  { name: 'ask-opt-in', type: askOptInJob, payload: {}, when: { everyMs: config.AWAITING_INTERVAL } },
  {
    name: 'remind-volunteer',
    type: remindVolunteerJob,
    payload: {},
    when: { everyMs: config.FOLLOW_UP_REMINDER_INTERVAL },
  },
];
