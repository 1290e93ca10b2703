import type { EntityManager } from 'typeorm';
import type { JobSchema } from './job-database';
import type { JobProgress } from './job-handler';

export type JobState = 'queued' | 'running' | 'complete' | 'failed' | 'canceled';

/** A job as people see it. */
export interface JobView {
  id: number;
  type: string;
  key: string | null;
  /** 0: our own. */
  orgId: number;
  state: JobState;
  priority: number;
  attempts: number;
  maxAttempts: number;
  /** Times it was taken, in all. */
  claims: number;
  progress: JobProgress | null;
  result: unknown;
  lastError: string | null;
  lockedBy: string | null;
  createdBy: string | null;
  dueAt: Date;
  createdAt: Date;
  startedAt: Date | null;
  heartbeatAt: Date | null;
  cancelRequestedAt: Date | null;
  finishedAt: Date | null;
}

export interface JobFilter {
  state?: JobState;
  type?: string;
  orgId?: number;
}

/** Newest first, those with a smaller id than `beforeId`. */
export interface JobPage {
  beforeId?: number;
  limit: number;
}

/** Unfinished jobs of a type; complete and canceled ones are counted by metrics as they end. */
export interface JobFigures {
  type: string;
  waiting: number;
  /** Not due yet. */
  delayed: number;
  running: number;
  failed: number;
  /** How long the oldest due one has waited, s; null when none does. */
  oldestWaitingSeconds: number | null;
  /** How long ago the running one that is silent the longest was heard of, s. */
  heartbeatAgeSeconds: number | null;
  isPaused: boolean;
}

export interface JobWorker {
  id: string;
  host: string;
  pid: number;
  running: number;
  startedAt: Date;
  heartbeatAt: Date;
}

const columns = `id, type, key, org_id as "orgId", state, priority, attempts, max_attempts as "maxAttempts", fencing as claims,
  progress, result, last_error as "lastError", locked_by as "lockedBy", created_by as "createdBy", due_at as "dueAt",
  created_at as "createdAt", started_at as "startedAt", heartbeat_at as "heartbeatAt",
  cancel_requested_at as "cancelRequestedAt", finished_at as "finishedAt"`;

/** What a service's jobs are doing. Needs to read its schema only, so the gateway asks with its own role. */
export class JobReadModel {
  constructor(
    private readonly manager: EntityManager,
    private readonly schema: JobSchema,
  ) {}

  async find(id: number): Promise<JobView | null> {
    const rows: JobView[] = await this.manager.query(`select ${columns} from ${this.schema}.jobs where id = $1`, [id]);
    return rows[0] ?? null;
  }

  list({ state, type, orgId }: JobFilter, { beforeId, limit }: JobPage): Promise<JobView[]> {
    return this.manager.query(
      `select ${columns} from ${this.schema}.jobs
        where ($1::text is null or state = $1) and ($2::text is null or type = $2) and ($3::bigint is null or org_id = $3)
          and ($4::bigint is null or id < $4)
        order by id desc limit $5`,
      [state ?? null, type ?? null, orgId ?? null, beforeId ?? null, limit],
    );
  }

  figures(): Promise<JobFigures[]> {
    return this.manager.query(
      `with open as (
         select type,
                count(*) filter (where state = 'queued' and due_at <= now())::int as waiting,
                count(*) filter (where state = 'queued' and due_at > now())::int as delayed,
                count(*) filter (where state = 'running')::int as running,
                count(*) filter (where state = 'failed')::int as failed,
                extract(epoch from now() - min(due_at) filter (where state = 'queued' and due_at <= now()))::float8 as oldest,
                extract(epoch from now() - min(heartbeat_at) filter (where state = 'running'))::float8 as silent
           from (select type, state, due_at, null::timestamptz as heartbeat_at from ${this.schema}.jobs where state = 'queued'
                 union all
                 select type, state, due_at, heartbeat_at from ${this.schema}.jobs where state = 'running'
                 union all
                 select type, state, due_at, heartbeat_at from ${this.schema}.jobs where state = 'failed') j
          group by type)
       select coalesce(o.type, p.type) as type, coalesce(waiting, 0) as waiting, coalesce(delayed, 0) as delayed,
              coalesce(running, 0) as running, coalesce(failed, 0) as failed, oldest as "oldestWaitingSeconds",
              silent as "heartbeatAgeSeconds", p.type is not null as "isPaused"
         from open o full join ${this.schema}.job_pauses p on p.type = o.type
        order by 1`,
    );
  }

  workers(): Promise<JobWorker[]> {
    return this.manager.query(
      `select id, host, pid, running, started_at as "startedAt", heartbeat_at as "heartbeatAt"
         from ${this.schema}.job_workers order by id`,
    );
  }
}
