import { fault, notice, redundancy, type Check, type DoctorSettings, type Finding, type Look } from '../check';
import type { Sources } from '../sources/sources';

interface Standbys {
  isMonitor: boolean;
  synchronous: number;
  others: number;
  names: string;
}
interface Archive {
  mode: string;
  isFailing: boolean;
  lastFailed: string | null;
}

const standbys = `
select pg_has_role('pg_read_all_stats', 'usage') as "isMonitor", current_setting('synchronous_standby_names') as names,
       count(*) filter (where sync_state in ('sync', 'quorum'))::int as synchronous,
       count(*) filter (where sync_state not in ('sync', 'quorum'))::int as others
  from pg_stat_replication`;

const archive = `
select current_setting('archive_mode') as mode, last_failed_wal as "lastFailed",
       last_failed_time is not null and last_failed_time > coalesce(last_archived_time, '-infinity') as "isFailing"
  from pg_stat_archiver`;

/** The loss of one machine loses nothing that was committed (design.md §6). */
export class StandbyCheck implements Check {
  readonly id = 'standby';
  readonly title = 'Postgres has a synchronous standby and archives its log';
  readonly settles = true;

  async look(sources: Sources, settings: DoctorSettings): Promise<Look> {
    const database = await sources.database();
    const [found] = await database.query<Standbys>(standbys);
    const [archived] = await database.query<Archive>(archive);
    const findings: Finding[] = [];
    if (found && !found.isMonitor) {
      findings.push(notice('standby', 'this login may not see pg_stat_replication: grant it pg_monitor'));
    } else if (found && found.names !== '' && found.synchronous === 0) {
      findings.push(
        fault('standby', `synchronous_standby_names is "${found.names}" and none of them is connected: commits wait`),
      );
    } else if (found && found.synchronous === 0) {
      const instead = found.others > 0 ? `, only ${found.others} that may lag` : '';
      findings.push(redundancy(settings, 'standby', `no synchronous standby is connected${instead}`));
    }
    if (archived?.mode === 'off') {
      findings.push(redundancy(settings, 'archive', 'the log is not archived: a restore goes back to the last backup'));
    } else if (archived?.isFailing) {
      findings.push(fault('archive', `the log is not archived any more, first failed: ${archived.lastFailed}`));
    }
    return { findings, figures: { synchronous: found?.synchronous ?? 0 } };
  }
}
