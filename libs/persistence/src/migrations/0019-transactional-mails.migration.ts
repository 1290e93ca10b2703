import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * Mails that an org's transactional backend accepted since the counter was last reset (email-and-mtt.md §1.2). `route` of a
 * delivery: `transactional` is its while that backend has it or may have it, `counted` once the acceptance stands in `used`;
 * `ordinary` has to go through the email backend, since the other one has no such template.
 */
const tables = `
create table mail.transactional_use (
  org_id bigint not null,
  service_id bigint not null,
  since timestamptz(3) not null,
  used bigint not null,
  primary key (org_id, service_id)
);
alter table mail.deliveries add route text check (route in ('transactional', 'ordinary', 'counted'));
create index deliveries_uncounted on mail.deliveries (org_id, service_id) where route = 'transactional';
create index deliveries_ordinary on mail.deliveries (org_id, next_attempt_at, id)
  where state = 'queued' and mailing_id is null and (route = 'ordinary' or custom_id like 'mtt:%');
create index deliveries_traceable on mail.deliveries (created_at) where address_hash is not null;
`;

export class TransactionalMails1763600000019 implements MigrationInterface {
  name = 'TransactionalMails1763600000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(19)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index mail.deliveries_traceable, mail.deliveries_ordinary, mail.deliveries_uncounted');
    await runner.query('alter table mail.deliveries drop route');
    await runner.query('drop table mail.transactional_use');
  }
}
