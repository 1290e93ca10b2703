import type { JobScenario } from '../job-scenario';
import { aReportWorld, type ReportWorld } from '../report-world';

/** Actions of long ago in a campaign that ended long ago. */
export const scenario: JobScenario<ReportWorld> = {
  job: 'retention',
  service: 'action-ingest',
  holdAt: 'actions.contacts',
  settings: { 'action-ingest': { RETENTION_POLL_MS: '500' } },
  async prepare(fleet) {
    const world = await aReportWorld(fleet);
    await fleet.sql.query(
      `update catalog.campaigns set status = 2, end_date = now() - interval '3 years' where org_id = $1`,
      [world.org.id],
    );
    await fleet.sql.query(
      `update actions.actions set inserted_at = now() - interval '4 years'
        where campaign_id in (select id from catalog.campaigns where org_id = $1)`,
      [world.org.id],
    );
    return world;
  },
  async start(fleet, { org }) {
    await fleet.sql.query(
      `insert into actions.retention_runs (org_id, mode, months, is_dry, asked_by) values ($1, 'delete_contacts', 24, false, 'test')`,
      [org.id],
    );
  },
  async check(fleet, { org, actions }) {
    const { rows } = await fleet.sql.query<{ left: number; contacts: number; isDone: boolean; error: string | null }>(
      `select (select count(*)::int from actions.contacts where org_id = $1) as left, contacts, error,
              finished_at is not null as "isDone"
         from actions.retention_runs where org_id = $1`,
      [org.id],
    );
    const [run] = rows;
    const isRight = run?.isDone && run.error === null && run.left === 0 && run.contacts === actions;
    if (rows.length !== 1 || !isRight) throw new Error(JSON.stringify(rows));
  },
};
