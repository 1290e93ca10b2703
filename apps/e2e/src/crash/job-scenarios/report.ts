import type { JobScenario } from '../job-scenario';
import { aReportWorld, filesOf, reportsOf, requestReport, type ReportWorld } from '../report-world';

/** Killed when the file is there and its end is about to be noted with its mail. */
export const scenario: JobScenario<ReportWorld> = {
  job: 'report',
  service: 'stats-service',
  holdAt: 'stats.outbox',
  prepare: aReportWorld,
  async start(_fleet, world) {
    await requestReport(world);
  },
  async check(fleet, world) {
    const found = await reportsOf(fleet, world);
    const [one] = found;
    if (found.length !== 1 || one?.state !== 'complete' || one.rows !== world.actions || one.mails !== 1) {
      throw new Error(`not made once: ${JSON.stringify(found)}`);
    }
    const files = filesOf(fleet, world);
    if (files.length !== 1 || files[0] !== one.key) throw new Error(`files: ${files.join(', ')}`);
  },
};
