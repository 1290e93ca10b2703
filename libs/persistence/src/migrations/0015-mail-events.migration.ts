import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * What providers tell about mails (email-events.md §7, §8, §13). An address stays as a keyed hash, and with the contactRef
 * only while events of the mail may come. `events` holds each event of a known mail once. A failure row tells why the newest
 * attempt failed. Suppressed addresses are those of one account's provider.
 */
const tables = `
alter table mail.deliveries
  add address_hash bytea,
  add sent_at timestamptz(3),
  add delivered_at timestamptz(3),
  add opened_at timestamptz(3),
  add clicked_at timestamptz(3),
  add bounced_at timestamptz(3),
  add mailing_id bigint,
  add batch_id bigint;
alter table mail.deliveries set (fillfactor = 80);
create index deliveries_of_address on mail.deliveries (address_hash) where address_hash is not null;
create index deliveries_of_action on mail.deliveries (action_id) where action_id is not null;
create index deliveries_of_person on mail.deliveries (org_id, ref) where ref is not null;

create table mail.webhooks (
  id uuid primary key,
  provider text not null,
  service_id bigint,
  body text,
  received_at timestamptz(3) not null,
  applied_at timestamptz(3),
  attempts int not null default 0,
  next_attempt_at timestamptz(3) not null default now(),
  error text
);
create index webhooks_waiting on mail.webhooks (next_attempt_at, id) where applied_at is null;

create table mail.events (
  event_key bytea primary key,
  delivery_id bigint not null,
  type text not null,
  severity text,
  is_machine boolean not null default false,
  error_code int,
  at timestamptz(3) not null,
  stored_at timestamptz(3) not null default now()
);
create index events_of_delivery on mail.events (delivery_id, at);

create table mail.failures (
  delivery_id bigint primary key,
  severity text not null check (severity in ('temporary', 'permanent')),
  code int not null,
  enhanced_code text,
  message text not null,
  failed_at timestamptz(3) not null,
  event_key bytea not null,
  attempts int not null default 1,
  is_suppressed boolean not null default false,
  resolved_at timestamptz(3)
);

create table mail.suppressions (
  service_id bigint not null,
  address_hash bytea not null,
  reason text not null check (reason in ('bounce', 'spam', 'unsub')),
  delivery_id bigint,
  created_at timestamptz(3) not null,
  primary key (service_id, address_hash)
);
create table mail.complaints (
  delivery_id bigint primary key,
  at timestamptz(3) not null
);
create table mail.contact_seen (
  org_id bigint not null,
  ref bytea not null,
  last_seen_at timestamptz(3),
  mails int not null default 0,
  opened int not null default 0,
  primary key (org_id, ref)
);

create type mail.loop_status as enum ('started', 'finished', 'failed');
create table mail.loops (
  name text not null,
  domain text not null,
  status mail.loop_status not null default 'finished',
  started_at timestamptz(3),
  finished_at timestamptz(3),
  metadata jsonb,
  last_error text,
  updated_at timestamptz(3) not null default now(),
  primary key (name, domain)
);
`;

export class MailEvents1763600000015 implements MigrationInterface {
  name = 'MailEvents1763600000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(15)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table mail.webhooks, mail.events, mail.failures, mail.suppressions, mail.complaints, mail.contact_seen, mail.loops',
    );
    await runner.query('drop type mail.loop_status');
    await runner.query(
      `alter table mail.deliveries drop address_hash, drop sent_at, drop delivered_at, drop opened_at, drop clicked_at,
         drop bounced_at, drop mailing_id, drop batch_id`,
    );
  }
}
