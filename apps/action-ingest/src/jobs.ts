import type { JobSchedule, JobType } from '@groundswell/jobs';
import { removeObjects, scanAttachment, sweepQuarantine } from './attachments/attachment-jobs';
import type { IngestConfig } from './config';
import { enrichmentJobTypes } from './enriching/enrichment-jobs';
import { expireVolunteers } from './expiring/expire-volunteers.job-type';
import { lookupDetail } from './details/lookup-detail.job-type';
import { forgetUpload, importActions } from './importing/import-jobs';
import { retentionJob } from './retention/retention.job-type';
import { recalculateReferences } from './references/recalculate-references.job-type';
import { resolveReference } from './rejoining/resolve-reference.job-type';

/** Every job type of this app; each has one handler marked with `@RunsJob` (docs/jobs.md). */
export const jobTypes: readonly JobType[] = [
  ...enrichmentJobTypes,
  scanAttachment,
  sweepQuarantine,
  removeObjects,
  lookupDetail,
  importActions,
  forgetUpload,
  resolveReference,
  expireVolunteers,
  retentionJob,
  recalculateReferences,
];

/** What is done periodically. */
export const jobSchedules = (config: IngestConfig): readonly JobSchedule[] => [
  { name: 'sweep-quarantine', type: sweepQuarantine, payload: {}, when: { everyMs: config.SWEEP_QUARANTINE_INTERVAL } },
  { name: 'remove-objects', type: removeObjects, payload: {}, when: { everyMs: config.REMOVE_OBJECTS_INTERVAL } },
  { name: 'resolve-reference', type: resolveReference, payload: {}, when: { everyMs: config.PROCESS_OLD_INTERVAL } },
  { name: 'expire-volunteers', type: expireVolunteers, payload: {}, when: { everyMs: config.EXPIRY_INTERVAL } },
  { name: 'lookup-detail', type: lookupDetail, payload: {}, when: { everyMs: config.DETAIL_SWEEP_INTERVAL } },
];
