import type { EntityManager } from 'typeorm';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { expireVolunteers } from './expire-volunteers.job-type';

/** Days a guest has for an item, and Groundswell their address. */
export const volunteerDays = 30;
/** Items of one transaction. */
const itemsAtOnce = 500;

/**
 * Open items that were given to a guest, who has no account, long ago are nobody's again, and their address goes; that of a closed
 * item went with its end. Twice is safe: what was taken back is not found again.
 */
@RunsJob(expireVolunteers)
export class ExpireVolunteersHandler implements JobHandler<object, never> {
  async run(job: JobRunOf<typeof expireVolunteers>): Promise<{ items: number }> {
    for (let items = 0; ;) {
      const taken = await job.step(takeBack, (found) => ({ progress: { done: items + found } }));
      items += taken;
      if (taken < itemsAtOnce) return { items };
    }
  }
}

async function takeBack(manager: EntityManager): Promise<number> {
  const rows: unknown[] = await manager.query(
    `with due as (
       select id from actions.followup_items
        where volunteer_email is not null and assigned_at < now() - make_interval(days => $1)
        order by id limit $2 for update),
     taken as (
       update actions.followup_items i
          set volunteer_email = null, volunteer_ref = null, assigned_at = null, updated_at = now()
         from due where i.id = due.id returning i.id)
     select id from taken`,
    [volunteerDays, itemsAtOnce],
  );
  return rows.length;
}
