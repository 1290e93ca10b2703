import type { JobScenario } from '../job-scenario';
import { anUpkeepWorld, checkUpkeep, type UpkeepWorld } from '../upkeep-world';

export const scenario: JobScenario<UpkeepWorld> = {
  job: 'close-idle-campaigns',
  service: 'api-gateway',
  holdAt: 'catalog.campaigns',
  settings: { 'api-gateway': { JOBS_POLL_MS: '200' } },
  prepare: anUpkeepWorld,
  async start(_fleet, { admin }) {
    await admin.data('mutation { closeIdleCampaigns(dryRun: false, months: 3) { jobId } }');
  },
  check: (fleet, world) => checkUpkeep(fleet, world, 'closeIdleCampaign', 'status = 2 and end_date is not null'),
};
