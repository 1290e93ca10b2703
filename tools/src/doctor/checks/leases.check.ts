import { ownedSchemas, schemaOwner, type OwnedSchema } from '@groundswell/persistence';
import { fault, listed, type Check, type Finding, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** What a holder that died leaves is taken by another replica at its next turn, and a lease is twice as long as that. */
const takenAfter = '2 minutes';
/** A lease that ran out before that was of a task that an earlier release had. */
const forgottenAfter = '7 days';
/** Processes beat every few seconds. */
const aliveWithin = '60 seconds';

const jobOwners: OwnedSchema[] = ['actions', 'notify', 'stats', 'catalog'];

interface Overdue {
  about: string;
  holder: string | null;
  seconds: number;
}

const age = (column: string): string => `extract(epoch from now() - ${column})::int as seconds`;

const leases = ownedSchemas
  .map(
    (schema) =>
      `select 'lease ${schema}.' || name as about, holder, ${age('expires_at')} from ${schema}.leases
        where expires_at < now() - interval '${takenAfter}' and expires_at > now() - interval '${forgottenAfter}'`,
  )
  .join(' union all ');

const jobs = jobOwners
  .map(
    (schema) =>
      `select 'job ${schemaOwner[schema]}-' || id || ' (' || type || ')' as about, locked_by as holder, ${age('locked_until')}
         from ${schema}.jobs where state = 'running' and locked_until < now() - interval '${takenAfter}'`,
  )
  .join(' union all ');

const claims = `
select 'mails' as about, null as holder, ${age('min(claimed_until)')} from mail.deliveries
 where state = 'sending' and claimed_until < now() - interval '${takenAfter}' having count(*) > 0
union all
select 'mailing batches', null, ${age('min(claimed_until)')} from mail.mailing_batches
 where state = 'submitting' and claimed_until < now() - interval '${takenAfter}' having count(*) > 0
union all
select 'pushes', null, ${age('min(claimed_until)')} from forwarder.pushes
 where state = 'sending' and claimed_until < now() - interval '${takenAfter}' having count(*) > 0`;

const workers = jobOwners
  .map(
    (schema) =>
      `select '${schemaOwner[schema]}' as service, (select count(*)::int from ${schema}.jobs where state = 'queued' and due_at <= now()) as due,
              (select count(*)::int from ${schema}.job_workers where heartbeat_at > now() - interval '${aliveWithin}') as alive`,
  )
  .join(' union all ');

const storing = `
select count(*) filter (where seen_at > now() - interval '${aliveWithin}')::int as alive from actions.replicas`;

/** Whoever took something works on it, or another one does (design.md §3, "Time"). */
export class LeasesCheck implements Check {
  readonly id = 'leases';
  readonly title = 'what somebody took is being worked on';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const database = await sources.database();
    const findings: Finding[] = [];
    for (const sql of [leases, jobs, claims]) {
      for (const { about, holder, seconds } of await database.query<Overdue>(sql)) {
        findings.push(
          fault(
            about,
            `ran out ${seconds} s ago${holder === null ? '' : `, held by ${holder}`}, and nobody took it over`,
          ),
        );
      }
    }
    const rows = await database.query<{ service: string; due: number; alive: number }>(workers);
    const idle = rows.filter(({ due, alive }) => due > 0 && alive === 0);
    if (idle.length > 0) {
      findings.push(fault('workers', `no process runs jobs of ${listed(idle.map(({ service }) => service))}`));
    }
    const [replicas] = await database.query<{ alive: number }>(storing);
    if (replicas?.alive === 0) {
      findings.push(fault('action-ingest', 'no process of it has been heard of: nothing is stored'));
    }
    return { findings, figures: { workers: rows.reduce((sum, { alive }) => sum + alive, 0) } };
  }
}
