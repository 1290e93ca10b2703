import type { JobScenario } from '../job-scenario';
import { aReportWorld, filesOf, reportDone, reportsOf, requestReport, type ReportWorld } from '../report-world';
import { afterFirstTurn, makeDue } from '../scheduled-jobs';

const schedule = { schema: 'stats', name: 'tidy-reports' } as const;

export const scenario: JobScenario<ReportWorld> = {
  job: 'tidy-reports',
  service: 'stats-service',
  holdAt: 'stats.reports',
  async prepare(fleet) {
    await afterFirstTurn(fleet, schedule);
    const world = await aReportWorld(fleet);
    await requestReport(world);
    await reportDone(fleet, world);
    await fleet.sql.query(`update stats.reports set expires_at = now() - interval '1 day' where org_id = $1`, [
      world.org.id,
    ]);
    return world;
  },
  start: (fleet) => makeDue(fleet, schedule),
  async check(fleet, world) {
    const left = [await reportsOf(fleet, world), filesOf(fleet, world)].flat();
    if (left.length > 0) throw new Error(`left: ${JSON.stringify(left)}`);
  },
};
