import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';
import { inboxTables } from './inbox-tables';

/**
 * Owned by mtt-service (email-and-mtt.md §5): what becomes of each message to a target, of each target's address, and how many
 * messages a target was given on a day. Two messages of one person to one target, tests aside, are never both of rank 0.
 * `attempts` counts how often email-delivery was asked for a message, `repeats` those since its planning that got no answer;
 * `not_after` ends with the day the message counts for. `target_progress` counts messages of rank 0, tests aside: a trigger
 * keeps it exact whoever changes what, so that planning costs the same however many messages there are.
 */
const tables = `
create schema mtt;
create table mtt.message_states (
  message_id bigint primary key,
  action_id bigint not null,
  campaign_id bigint not null,
  target_id uuid not null,
  fingerprint bytea not null,
  testing boolean not null default false,
  accepted_at timestamptz(3) not null default now(),
  dupe_rank int,
  state text not null default 'pending'
    check (state in ('pending', 'sending', 'sent', 'failed', 'cancelled', 'unknown')),
  send_after timestamptz(3),
  target_email_id bigint,
  planned_on date,
  not_after timestamptz(3),
  asked_at timestamptz(3),
  attempts int not null default 0,
  repeats int not null default 0,
  sent_at timestamptz(3),
  delivered boolean not null default false,
  opened boolean not null default false,
  clicked boolean not null default false,
  soft_bounced boolean not null default false,
  error text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create unique index message_states_first on mtt.message_states (target_id, fingerprint)
  where dupe_rank = 0 and not testing;
create index message_states_of_person on mtt.message_states (target_id, fingerprint);
create index message_states_action on mtt.message_states (action_id);
create index message_states_waiting on mtt.message_states (campaign_id, target_id, message_id)
  where state = 'pending' and dupe_rank = 0 and not testing;
create index message_states_planned on mtt.message_states (campaign_id, send_after)
  where state = 'pending' and send_after is not null;
create index message_states_timed on mtt.message_states (campaign_id, target_id)
  where state = 'pending' and send_after is not null;
create index message_states_pending on mtt.message_states (message_id) where state = 'pending';
create index message_states_asked on mtt.message_states (asked_at) where state = 'sending';
create index message_states_tests on mtt.message_states (message_id) where state = 'pending' and testing;
create table mtt.target_progress (
  target_id uuid primary key,
  campaign_id bigint not null,
  total int not null default 0,
  pending int not null default 0,
  sent int not null default 0,
  failed int not null default 0,
  unknown int not null default 0,
  planned_at timestamptz(3)
);
create index target_progress_campaign on mtt.target_progress (campaign_id);
create table mtt.target_email_states (
  target_email_id bigint primary key,
  status text not null default 'none',
  soft_bounce_count int not null default 0,
  error text,
  bounced_at timestamptz(3),
  accepted_at timestamptz(3),
  updated_at timestamptz(3) not null default now()
);
create table mtt.target_days (
  target_id uuid not null,
  day date not null,
  planned int not null default 0,
  primary key (target_id, day)
);
create table mtt.campaign_hours (
  campaign_id bigint primary key,
  hour timestamptz(3) not null
);
create table mtt.sweeps (
  name text primary key,
  after_message_id bigint not null default 0
);
`;

/** Sorted, so that two statements never wait for each other; rows of no change are left alone. */
const countingOf = (counted: string): string => `
    insert into mtt.target_progress as p (target_id, campaign_id, total, pending, sent, failed, unknown)
    select target_id, max(campaign_id), sum(n), coalesce(sum(n) filter (where state = 'pending'), 0),
           coalesce(sum(n) filter (where state = 'sent'), 0), coalesce(sum(n) filter (where state = 'failed'), 0),
           coalesce(sum(n) filter (where state = 'unknown'), 0)
      from (select target_id, campaign_id, state, sum(n) as n from (${counted}) c
             where dupe_rank = 0 and not testing group by 1, 2, 3 having sum(n) <> 0) d
     group by target_id order by target_id
    on conflict (target_id) do update
       set total = p.total + excluded.total, pending = p.pending + excluded.pending, sent = p.sent + excluded.sent,
           failed = p.failed + excluded.failed, unknown = p.unknown + excluded.unknown;`;

const rowsOf = (table: string, sign: string): string =>
  `select target_id, campaign_id, state, dupe_rank, testing, ${sign}1 as n from ${table}`;

const counting = `
create function mtt.count_progress() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then ${countingOf(rowsOf('new_rows', ''))}
  elsif tg_op = 'DELETE' then ${countingOf(rowsOf('old_rows', '-'))}
  else ${countingOf(`${rowsOf('new_rows', '')} union all ${rowsOf('old_rows', '-')}`)}
  end if;
  return null;
end $$;
create trigger count_added after insert on mtt.message_states referencing new table as new_rows
  for each statement execute function mtt.count_progress();
create trigger count_removed after delete on mtt.message_states referencing old table as old_rows
  for each statement execute function mtt.count_progress();
create trigger count_changed after update on mtt.message_states referencing old table as old_rows new table as new_rows
  for each statement execute function mtt.count_progress();
`;

export class MailToTarget1763600000022 implements MigrationInterface {
  name = 'MailToTarget1763600000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(counting);
    await runner.query(inboxTables('mtt'));
    for (const statement of grantStatements(22)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop owned by gs_mtt');
    await runner.query('revoke select on catalog.target_emails from gs_mail');
    await runner.query('drop schema mtt cascade');
  }
}
