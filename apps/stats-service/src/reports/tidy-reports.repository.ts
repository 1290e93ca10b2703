import type { EntityManager } from 'typeorm';
import { erasedSince } from '@groundswell/persistence';

/** How long a file stays when its link has ended, for downloads under way. */
const graceMinutes = 10;

/** What is over among reports and their files. */
export class TidyReportsRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Those with rows of somebody whom the org has had erased since they were read, from now on without a file. Their keys. */
  async withdrawErased(): Promise<string[]> {
    const rows: { key: string }[] = await this.manager.query(
      `with withdrawn as (
         update stats.reports r set withdrawn_at = now(), token_hash = null
          where r.kind = 'actions' and r.withdrawn_at is null and r.finished_at is not null
            and ${erasedSince('r')}
         returning file_key)
       select file_key as key from withdrawn`,
    );
    return rows.map(({ key }) => key);
  }

  /** Rows past their time and grace whose job has ended. Their files have no row then. */
  async removeExpired(limit: number): Promise<{ id: number; jobId: number }[]> {
    return this.manager.query(
      `with gone as (
         delete from stats.reports where id in (
           select r.id from stats.reports r
            where r.expires_at < now() - interval '${graceMinutes} minutes'
              and not exists (select from stats.jobs j where j.id = r.job_id and j.state in ('queued', 'running'))
            order by r.id limit $1)
         returning id, job_id)
       select id, job_id as "jobId" from gone`,
      [limit],
    );
  }

  /** Those of these keys that no report has: neither one that is there to be downloaded nor one being made. */
  async orphans(keys: string[]): Promise<string[]> {
    const rows: { key: string }[] = await this.manager.query(
      `select k.key from unnest($1::text[]) as k (key)
        where not exists (
          select from stats.reports r join stats.jobs j on j.id = r.job_id
           where r.file_key = k.key and r.withdrawn_at is null
             and (r.finished_at is not null or j.state in ('queued', 'running')))`,
      [keys],
    );
    return rows.map(({ key }) => key);
  }
}
