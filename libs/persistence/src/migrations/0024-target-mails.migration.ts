import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * Mails to targets (email-and-mtt.md §5). Their rows keep `custom_id` (`mtt:MESSAGE_ID`, no personal data): events come for it later.
 * A row that was `returned` was never sent, and its purpose may be asked for again. `target_mails` has a row per purpose asked for:
 * which delivery stands for it now, which asking that answers, and which of its ends mtt-service was told. The new checks allow more
 * than the old ones did, so that what is there need not be looked at.
 */
const changes = `
alter table mail.deliveries drop constraint deliveries_state_check, drop constraint deliveries_check;
alter table mail.deliveries
  add constraint deliveries_state_check
    check (state in ('queued', 'sending', 'sent', 'failed', 'unknown', 'returned')) not valid,
  add constraint deliveries_check
    check (state not in ('sent', 'failed', 'returned')
           or (recipient is null and variables is null and (custom_id is null or custom_id like 'mtt:%'))) not valid;
create table mail.target_mails (
  purpose text primary key,
  delivery_id bigint not null unique,
  message_id bigint not null,
  attempt int not null,
  is_test boolean not null,
  target_id uuid not null,
  target_email_id bigint,
  file_failures int not null default 0,
  told text
);
create index target_mails_untold on mail.target_mails (delivery_id) where told is null or told = 'unknown';
`;

const reversal = `
drop table mail.target_mails;
update mail.deliveries set state = case state when 'returned' then 'failed' else state end, custom_id = null
 where state in ('sent', 'failed', 'returned') and (custom_id is not null or state = 'returned');
alter table mail.deliveries drop constraint deliveries_state_check, drop constraint deliveries_check;
alter table mail.deliveries
  add constraint deliveries_state_check check (state in ('queued', 'sending', 'sent', 'failed', 'unknown')),
  add constraint deliveries_check
    check (state not in ('sent', 'failed') or (recipient is null and variables is null and custom_id is null));
`;

export class TargetMails1763600000024 implements MigrationInterface {
  name = 'TargetMails1763600000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(changes);
    for (const statement of grantStatements(24)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(reversal);
    await runner.query('revoke select on stats.counters from gs_mail');
    await runner.query('revoke usage on schema stats from gs_mail');
  }
}
