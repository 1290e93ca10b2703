import { fault, notice, type Check, type Finding, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** Part of max_connections in use from which on a restart of a service may find none. */
const fullShare = 0.9;
/** Postgres stops writing at 2 billion. */
const oldestXid = 1_500_000_000;
/** Nothing of ours takes longer; what is dead since then cannot be cleaned away. */
const longestTransaction = '1 hour';
const mostRetainedBytes = 16 * 1024 ** 3;

interface Room {
  used: number;
  most: number;
  xidAge: number;
}

const room = `
select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
       current_setting('max_connections')::int as most,
       (select age(datfrozenxid)::int from pg_database where datname = current_database()) as "xidAge"`;

const old = `
select application_name as name, pid, extract(epoch from now() - xact_start)::int as seconds from pg_stat_activity
 where datname = current_database() and xact_start < now() - interval '${longestTransaction}' and backend_type = 'client backend'`;

const slots = `
select slot_name as name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 as bytes from pg_replication_slots
 where not active and restart_lsn is not null and not pg_is_in_recovery()`;

/** What makes a database stop that is otherwise well. */
export class RoomCheck implements Check {
  readonly id = 'room';
  readonly title = 'Postgres has connections, transaction numbers and disk left';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const [{ used, most, xidAge }] = (await database.query<Room>(room)) as [Room];
    const findings: Finding[] = [];
    if (used >= most * fullShare) findings.push(fault('connections', `${used} of ${most} are in use`));
    if (xidAge > oldestXid) findings.push(fault('vacuum', `${xidAge} transactions since the oldest row was frozen`));
    for (const { name, pid, seconds } of await database.query<{ name: string; pid: number; seconds: number }>(old)) {
      findings.push(notice(`transaction ${pid}`, `of ${name || 'somebody'} is open for ${seconds} s`));
    }
    for (const { name, bytes } of await database.query<{ name: string; bytes: number }>(slots)) {
      if (bytes > mostRetainedBytes) {
        findings.push(fault(`slot ${name}`, `nobody reads it, and it keeps ${gib(bytes)} GiB of log`));
      }
    }
    return { findings, figures: { connections: `${used}/${most}` } };
  }
}

const gib = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);
