import type { JobSchedule, JobType } from '@groundswell/jobs';
import type { IngestConfig } from './config';

/** Every job type of this app; each has one handler marked with `@RunsJob` (docs/jobs.md). */
export const jobTypes: readonly JobType[] = [];

/** What is done periodically. */
export const jobSchedules = (_config: IngestConfig): readonly JobSchedule[] => [];
