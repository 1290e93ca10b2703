import type { JobScenario } from '../job-scenario';
import { anUpkeepWorld, checkUpkeep, type UpkeepWorld } from '../upkeep-world';

export const scenario: JobScenario<UpkeepWorld> = {
  job: 'backfill-campaign-dates',
  service: 'api-gateway',
  holdAt: 'catalog.campaigns',
  settings: { 'api-gateway': { JOBS_POLL_MS: '200' } },
  prepare: anUpkeepWorld,
  async start(_fleet, { admin }) {
    await admin.data('mutation { backfillCampaignDates(dryRun: false) { jobId } }');
  },
  check: (fleet, world) =>
    checkUpkeep(fleet, world, 'backfillCampaignDates', 'start_date is not null and end_date is not null'),
};
