import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * Owned by action-ingest: look-ups of details at the collector's own service (processing.md §8.2), and what follow-up items need
 * beyond 0002 (background-jobs.md §2.5). An action whose look-up is `waiting` or `answered` stays new; `answered` is one whose
 * command is on its way. `submitted_digest` is of the fields as they were submitted, so that a repeat is known once details
 * are merged over them. `wakes_at`: a job of the org is due then. The view is what reminders are sent by.
 *
 * Owned by mtt-service: what targets answered (§8), as text, without what they quoted. `accepted_at` is the action's: an
 * erasure after it takes the answer along.
 */
const tables = `
create table actions.detail_lookups (
  action_id bigint primary key references actions.actions on delete cascade,
  org_id bigint not null,
  state text not null default 'waiting' check (state in ('waiting', 'answered', 'found', 'nothing', 'given_up')),
  submitted_digest bytea not null,
  attempts int not null default 0,
  due_at timestamptz(3) not null default now(),
  last_error text,
  inserted_at timestamptz(3) not null default now(),
  ended_at timestamptz(3)
);
create index detail_lookups_waiting on actions.detail_lookups (org_id, due_at) where state = 'waiting';
create index detail_lookups_answered on actions.detail_lookups (due_at) where state = 'answered';
create index detail_lookups_ended on actions.detail_lookups (ended_at) where ended_at is not null;
create index detail_lookups_given_up on actions.detail_lookups (org_id, ended_at) where state = 'given_up';
create table actions.detail_backends (
  org_id bigint primary key,
  failing_since timestamptz(3),
  failures int not null default 0,
  rests_until timestamptz(3),
  wakes_at timestamptz(3),
  last_success_at timestamptz(3),
  last_error text
);

alter table actions.followup_items
  add state text not null default 'open' check (state in ('open', 'done', 'canceled')),
  add complete_all boolean not null default false,
  add due_at timestamptz(3),
  add volunteer_email text,
  add volunteer_ref bytea,
  add assigned_at timestamptz(3),
  add check (assignee is null or volunteer_email is null);
create index followup_items_of_org on actions.followup_items (org_id, state, id);
create index followup_items_of_action on actions.followup_items (action_id) where action_id is not null;
create index followup_items_of_supporter on actions.followup_items (supporter_id) where supporter_id is not null;
create index followup_items_of_group on actions.followup_items (sibling_group) where sibling_group is not null;
create index followup_items_of_volunteer on actions.followup_items (volunteer_ref) where volunteer_ref is not null;
create unique index followup_items_one_moderation on actions.followup_items (action_id) where kind = 0;
create table mtt.replies (
  id uuid primary key,
  message_id bigint not null,
  org_id bigint not null,
  campaign_id bigint not null,
  action_id bigint not null,
  target_id uuid not null,
  fingerprint bytea not null,
  accepted_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  subject text not null,
  body text not null,
  is_cut boolean not null,
  created_at timestamptz(3) not null default now()
);
create index replies_of_org on mtt.replies (org_id, received_at, id);
create index replies_of_campaign on mtt.replies (campaign_id, received_at, id);
create index replies_of_message on mtt.replies (message_id);
create index replies_of_person on mtt.replies (fingerprint);
create index replies_by_age on mtt.replies (received_at);
create view actions.open_followups as
select id, org_id, case kind when 0 then 'moderation' when 1 then 'call' else 'reminder' end as kind, action_id, supporter_id,
       assignee, volunteer_email, due_at, assigned_at, inserted_at
  from actions.followup_items
 where state = 'open' and (assignee is not null or volunteer_email is not null);
`;

const followUpColumns = ['assigned_at', 'volunteer_ref', 'volunteer_email', 'due_at', 'complete_all', 'state'];

export class FollowUps1763600000032 implements MigrationInterface {
  name = 'FollowUps1763600000032';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(32)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view actions.open_followups');
    await runner.query('drop table mtt.replies');
    await runner.query('drop table actions.detail_backends, actions.detail_lookups');
    await runner.query(
      'drop index actions.followup_items_of_org, actions.followup_items_of_action, actions.followup_items_of_supporter',
    );
    await runner.query(
      `alter table actions.followup_items ${followUpColumns.map((column) => `drop column ${column} cascade`).join(', ')}`,
    );
    await runner.query('drop index if exists actions.followup_items_of_group, actions.followup_items_one_moderation');
  }
}
