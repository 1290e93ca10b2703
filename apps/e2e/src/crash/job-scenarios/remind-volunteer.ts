import { anOrg, type TestOrg } from '../../campaign-world';
import type { JobScenario } from '../job-scenario';
import { toldOf } from '../mailout-world';

export const scenario: JobScenario<TestOrg> = {
  job: 'remind-volunteer',
  service: 'notify-service',
  holdAt: 'notify.follow_up_reminders',
  settings: { 'notify-service': { FOLLOW_UP_REMINDER_INTERVAL: '500' } },
  async prepare(fleet) {
    const org = await anOrg(fleet, { withKey: false });
    await fleet.sql.query('update catalog.orgs set config = $2 where id = $1', [
      org.id,
      JSON.stringify({ followUps: { reminder: { enabled: true, delay_days: 1, max_count: 1 } } }),
    ]);
    return org;
  },
  async start(fleet, org) {
    await fleet.sql.query(
      `insert into actions.followup_items (org_id, kind, assignee, assigned_at, due_at)
       select $1, 1, user_id, now() - interval '3 days', now() - interval '2 days' from catalog.staffers where org_id = $1`,
      [org.id],
    );
  },
  async check(fleet, org) {
    const { rows } = await fleet.sql.query<{ item: string }>(
      'select item_id as item from notify.follow_up_reminders where org_id = $1',
      [org.id],
    );
    if (rows.length !== 1) throw new Error(`${rows.length} reminders`);
    const told = await toldOf(fleet, `followup:${rows[0]?.item}`);
    if (told !== 1) throw new Error(`${told} mails asked for`);
  },
};
