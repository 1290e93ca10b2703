import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';
import { consumingSchemas, waitingWorkView, workDoneView } from './waiting-work.sql';

/** Answers to requests are kept so that one that comes twice takes effect once. */
const answeredRequests = (schema: string): string => `
create table ${schema}.answered_requests (
  id uuid primary key,
  answer jsonb not null,
  answered_at timestamptz(3) not null default now()
);
create index on ${schema}.answered_requests (answered_at);`;

/** Queues that no process of the owner reads until they are resumed. */
const consumerPauses = (schema: string): string => `
create table ${schema}.consumer_pauses (
  queue text primary key,
  paused_by text not null,
  paused_at timestamptz(3) not null default now()
);`;

/**
 * One row per queue and minute in which something was in it; a minute without a row held nothing, if there is a row `sampled` for
 * it. `entered`, `done`, `errors`: since the sample before.
 */
const samples = `
create table topology.queue_samples (
  queue text not null,
  at timestamptz(3) not null,
  waiting bigint not null default 0,
  delayed bigint not null default 0,
  active bigint not null default 0,
  failed bigint not null default 0,
  dead bigint not null default 0,
  oldest_seconds bigint,
  entered bigint,
  done bigint,
  errors bigint,
  workers int,
  primary key (queue, at)
);
create index on topology.queue_samples (at);
create index enrichments_open on actions.enrichments (kind, org_id) where status in ('queued', 'submitted');
create index deliveries_failed on mail.deliveries (id) include (kind, org_id, state)
  where state in ('failed', 'unknown') and mailing_id is null;
create index message_states_unknown on mtt.message_states (campaign_id)
  where state = 'unknown' and dupe_rank = 0 and not testing;`;

export class Monitor1763600000036 implements MigrationInterface {
  name = 'Monitor1763600000036';

  async up(runner: QueryRunner): Promise<void> {
    for (const schema of ['notify', 'stats']) await runner.query(answeredRequests(schema));
    for (const schema of consumingSchemas) await runner.query(consumerPauses(schema));
    await runner.query(samples);
    await runner.query(waitingWorkView);
    await runner.query(workDoneView);
    for (const statement of grantStatements(36)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view topology.waiting_work, topology.work_done');
    await runner.query('drop index actions.enrichments_open, mail.deliveries_failed, mtt.message_states_unknown');
    await runner.query('drop table topology.queue_samples');
    await runner.query(`drop table ${consumingSchemas.map((schema) => `${schema}.consumer_pauses`).join(', ')}`);
    await runner.query('drop table notify.answered_requests, stats.answered_requests');
    const since = consumingSchemas.filter((schema) => schema !== 'forwarder');
    await runner.query(`revoke select on ${since.map((schema) => `${schema}.parked`).join(', ')} from gs_gateway`);
  }
}
