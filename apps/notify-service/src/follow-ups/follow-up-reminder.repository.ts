import type { EntityManager } from 'typeorm';
import { int4Array, int8Array, timestamptzArray } from '@groundswell/persistence';
import type { ReminderSettings } from '../reminders/reminder-settings';

/** An open item whose volunteer is to be reminded now. `email` is read to be handed on, never kept. */
export interface DueFollowUp {
  itemId: number;
  kind: 'moderation' | 'call' | 'reminder';
  /** Since when it is this volunteer's: for another one the numbers begin again. */
  assignedAt: Date;
  dueAt: Date | null;
  number: number;
  email: string;
}

/** Reminders of follow-up items; ids only. */
export class FollowUpReminderRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Reminder n is due n delays after the item was, or was assigned, whichever is later, and one delay after the last one. */
  due(orgId: number, { delayDays, maxCount }: ReminderSettings, limit: number): Promise<DueFollowUp[]> {
    return this.manager.query(
      `select i.id as "itemId", i.kind, i.assigned_at as "assignedAt", i.due_at as "dueAt",
              (coalesce(r.number, 0) + 1)::int as number, i.email
         from (select f.id, f.kind, f.due_at, coalesce(f.assigned_at, f.inserted_at) as assigned_at,
                      coalesce(f.volunteer_email, u.email::text) as email
                 from actions.open_followups f
                 left join catalog.staffers s on s.user_id = f.assignee and s.org_id = f.org_id
                 left join catalog.account_addresses u on u.id = s.user_id
                where f.org_id = $1) i
         left join lateral (select max(number) as number, max(asked_at) as last_at from notify.follow_up_reminders
                             where item_id = i.id and assigned_at = i.assigned_at) r on true
        where i.email is not null and coalesce(r.number, 0) < $3::int
          and greatest(i.due_at, i.assigned_at) <= now() - (coalesce(r.number, 0) + 1) * $2::int * interval '1 day'
          and (r.last_at is null or r.last_at <= now() - $2::int * interval '1 day')
        order by i.id limit $4`,
      [orgId, delayDays, maxCount, limit],
    );
  }

  /** Returns the items whose reminder was not asked for before. */
  async addOnce(orgId: number, due: readonly DueFollowUp[]): Promise<Set<number>> {
    const rows: { itemId: number }[] = await this.manager.query(
      `insert into notify.follow_up_reminders (org_id, item_id, assigned_at, number)
       select $1, d.item_id, d.assigned_at, d.number
         from unnest($2::bigint[], $3::timestamptz[], $4::int[]) as d (item_id, assigned_at, number)
       on conflict (item_id, assigned_at, number) do nothing returning item_id as "itemId"`,
      [
        orgId,
        int8Array(due.map(({ itemId }) => itemId)),
        timestamptzArray(due.map(({ assignedAt }) => assignedAt)),
        int4Array(due.map(({ number }) => number)),
      ],
    );
    return new Set(rows.map(({ itemId }) => itemId));
  }
}
