import { anOrg, type TestOrg } from '../../campaign-world';
import type { JobScenario } from '../job-scenario';
import { afterFirstTurn, makeDue } from '../scheduled-jobs';

const schedule = { schema: 'actions', name: 'expire-volunteers' } as const;

export const scenario: JobScenario<TestOrg> = {
  job: 'expire-volunteers',
  service: 'action-ingest',
  holdAt: 'actions.followup_items',
  async prepare(fleet) {
    await afterFirstTurn(fleet, schedule);
    const org = await anOrg(fleet, { withKey: false });
    await fleet.sql.query(
      `insert into actions.followup_items (org_id, kind, volunteer_email, volunteer_ref, assigned_at)
       select $1, 1, 'guest@example.org', '\\x01', now() - n * interval '20 days' from generate_series(1, 3) n`,
      [org.id],
    );
    return org;
  },
  start: (fleet) => makeDue(fleet, schedule),
  async check(fleet, org) {
    const { rows } = await fleet.sql.query<{ given: number; open: number }>(
      `select count(volunteer_email)::int as given, (count(*) filter (where state = 'open'))::int as open
         from actions.followup_items where org_id = $1`,
      [org.id],
    );
    if (rows[0]?.given !== 1 || rows[0].open !== 3) throw new Error(JSON.stringify(rows));
  },
};
