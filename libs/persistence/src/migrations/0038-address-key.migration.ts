import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * The key of address hashes (mail.deliveries, mail.suppressions), sealed with the envelope key. email-delivery makes the one
 * row at its first start; a change of envelope keys seals it anew, so that suppressions go on to hold.
 */
const tables = `
create table mail.address_key (
  id smallint primary key default 1 check (id = 1),
  sealed text not null,
  created_at timestamptz(3) not null default now()
);
`;

export class AddressKey1763600000038 implements MigrationInterface {
  name = 'AddressKey1763600000038';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(38)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table mail.address_key');
  }
}
