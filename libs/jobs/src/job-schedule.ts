import type { EntityManager } from 'typeorm';
import type { JobLogger } from './job-database';
import { reasonOf } from './attempt-outcome';
import type { JobQueue } from './job-queue';
import type { JobType } from './job-type';

/** Periodic work. Late turns are made up for once; no turn while the job of the last one is still to be done. */
export interface JobSchedule<P = unknown> {
  name: string;
  type: JobType<P>;
  payload: P;
  orgId?: number;
  /** A fixed period, or the next instant after the one given: calendars in a time zone are computed there. */
  when: { everyMs: number } | { next: (after: Date) => Date };
}

interface DueSchedule {
  name: string;
  dueAt: Date;
  now: Date;
}

/** The first turn after `now`. */
export function nextRunAt(when: JobSchedule['when'], dueAt: Date, now: Date): Date {
  if ('next' in when) {
    const next = when.next(now);
    if (!(next > now)) throw new Error('the next turn must be later than the last');
    return next;
  }
  const passed = Math.floor((now.getTime() - dueAt.getTime()) / when.everyMs);
  return new Date(dueAt.getTime() + (passed + 1) * when.everyMs);
}

/** Adds the jobs of schedules that are due. When each is due next is in the table, so a restart neither delays nor repeats it. */
export class JobPlanner {
  private isNoted = false;

  constructor(
    private readonly queue: JobQueue,
    private readonly schema: string,
    private readonly schedules: readonly JobSchedule[],
    private readonly logger: JobLogger,
  ) {
    const names = schedules.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new Error('two schedules have the same name');
    for (const { type, payload } of schedules) type.payload.parse(payload);
  }

  /** In a transaction of the caller. */
  async plan(manager: EntityManager): Promise<void> {
    if (this.schedules.length === 0) return;
    await this.noteNew(manager);
    const due: DueSchedule[] = await manager.query(
      `select s.name, s.next_run_at as "dueAt", date_trunc('milliseconds', now()) as now
         from ${this.schema}.job_schedules s
        where s.name = any($1::text[]) and s.next_run_at <= now()
          and not exists (select from ${this.schema}.jobs j where j.id = s.last_job_id and j.state in ('queued', 'running'))
        for update of s skip locked`,
      [this.schedules.map(({ name }) => name)],
    );
    for (const row of due) await this.take(manager, row);
  }

  /** A period begins with a turn at once, a calendar with its next one. */
  private async noteNew(manager: EntityManager): Promise<void> {
    if (this.isNoted) return;
    const now = new Date();
    const noted: unknown[] = await manager.query(
      `insert into ${this.schema}.job_schedules (name, next_run_at)
       select * from unnest($1::text[], $2::timestamptz[]) on conflict do nothing returning name`,
      [
        this.schedules.map(({ name }) => name),
        this.schedules.map(({ when }) => ('next' in when ? when.next(now) : now).toISOString()),
      ],
    );
    // What this transaction adds may yet be rolled back.
    this.isNoted = noted.length === 0;
  }

  private async take(manager: EntityManager, { name, dueAt, now }: DueSchedule): Promise<void> {
    const schedule = this.schedules.find((one) => one.name === name);
    if (!schedule) return;
    const { type, payload, orgId, when } = schedule;
    let next: Date;
    try {
      next = nextRunAt(when, dueAt, now);
    } catch (error) {
      this.logger.error({ schedule: name, reason: reasonOf(error) }, 'schedule without a next turn');
      return;
    }
    const { id } = await this.queue.add(manager, type, { payload, orgId, createdBy: `schedule ${name}` });
    await manager.query(`update ${this.schema}.job_schedules set next_run_at = $2, last_job_id = $3 where name = $1`, [
      name,
      next.toISOString(),
      id,
    ]);
  }
}
