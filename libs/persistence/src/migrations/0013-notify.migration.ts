import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';
import { inboxTables } from './inbox-tables';

/**
 * Owned by notify-service. A row of `confirms` says that the mails for this confirm were asked for, or that there are none to
 * ask for; ids only, kept for ever, so no repeat asks again. Those that exist now are older than the mails. The view
 * shows of accounts what a mail needs, so that no service but the gateway may read a password's hash.
 */
const tables = `
create schema notify;
create table notify.confirms (
  confirm_id bigint primary key,
  outcome text not null,
  handled_at timestamptz(3) not null default now()
);
insert into notify.confirms (confirm_id, outcome) select id, 'before notify-service' from catalog.confirms;
create view catalog.account_addresses as select id, email, job_title from catalog.users;
`;

export class Notify1763600000013 implements MigrationInterface {
  name = 'Notify1763600000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(inboxTables('notify'));
    for (const statement of grantStatements(13)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop owned by gs_notify');
    await runner.query('drop view catalog.account_addresses');
    await runner.query('drop schema notify cascade');
  }
}
