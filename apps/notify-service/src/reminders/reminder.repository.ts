import type { EntityManager } from 'typeorm';
import type { DueReminder } from './due-reminder.read-model';

/** Which reminders were asked for; never removed. */
export class ReminderRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Those that nobody asked for before. */
  async insertOnce(orgId: number, due: readonly DueReminder[]): Promise<DueReminder[]> {
    const rows: { actionId: number; number: number }[] = await this.manager.query(
      `insert into notify.reminders (action_id, number, org_id)
       select d.action_id, d.number, $1 from unnest($2::bigint[], $3::int[]) as d (action_id, number)
        order by d.action_id
       on conflict do nothing returning action_id as "actionId", number`,
      [orgId, due.map(({ actionId }) => actionId), due.map(({ number }) => number)],
    );
    const isNew = new Set(rows.map(({ actionId, number }) => `${actionId}:${number}`));
    return due.filter(({ actionId, number }) => isNew.has(`${actionId}:${number}`));
  }
}
