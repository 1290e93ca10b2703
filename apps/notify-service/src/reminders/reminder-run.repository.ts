import type { EntityManager } from 'typeorm';

/** A search for reminders that are due: of one org, asked for by a person, or of all of them, by the clock. */
export interface ReminderRun {
  id: number;
  orgId: number | null;
  /** Lists what is due, and asks nobody. */
  isDry: boolean;
}

export interface ReminderRunEnd {
  reminders: number;
  /** What a dry run found. */
  listed: { actionId: number; number: number; insertedAt: string }[] | null;
  error: string | null;
}

const keptDays = 90;

export class ReminderRunRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Asks for a run of all orgs when the last one is that long ago; forgets old ones. */
  async planNext(intervalMs: number): Promise<void> {
    await this.manager.query(
      `insert into notify.reminder_runs (org_id)
       select null where not exists (select from notify.reminder_runs
                                      where org_id is null and asked_at > now() - $1 * interval '1 millisecond')`,
      [intervalMs],
    );
    await this.manager.query(
      `delete from notify.reminder_runs
        where org_id is null and finished_at is not null and asked_at < now() - interval '${keptDays} days'`,
    );
  }

  async open(): Promise<ReminderRun[]> {
    return this.manager.query(
      `select id, org_id as "orgId", is_dry as "isDry" from notify.reminder_runs where finished_at is null order by id limit 100`,
    );
  }

  /** Two services that did it side by side each asked for some. */
  async finish(id: number, { reminders, listed, error }: ReminderRunEnd): Promise<void> {
    await this.manager.query(
      `update notify.reminder_runs
          set finished_at = coalesce(finished_at, now()), listed = $3, error = $4,
              reminders = case when is_dry then $2::int else reminders + $2::int end
        where id = $1`,
      [id, reminders, listed && JSON.stringify(listed), error],
    );
  }
}
