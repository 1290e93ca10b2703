import type { JobSchedule, JobType } from '@groundswell/jobs';
import type { StatsConfig } from './config';
import { reportJob, tidyReportsJob } from './reports/report-jobs';

/** Every job type of this app; each has one handler marked with `@RunsJob` (docs/jobs.md). */
export const jobTypes: readonly JobType[] = [reportJob, tidyReportsJob];

/** What is done periodically. */
export const jobSchedules = ({ TIDY_REPORTS_INTERVAL }: StatsConfig): readonly JobSchedule[] => [
  { name: 'tidy-reports', type: tidyReportsJob, payload: {}, when: { everyMs: TIDY_REPORTS_INTERVAL } },
];
