import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * Which submission came with a solved captcha, and how it was solved (graphql-api.md §1.9): actions.submissions leads from
 * there to the action. And since when an org's transactional mails count towards its budget (email-and-mtt.md §1.2); they
 * are counted where they are sent.
 */
const tables = `
create table catalog.captcha_checks (
  submission_id uuid primary key,
  service text not null,
  method text,
  checked_at timestamptz(3) not null
);
create table catalog.transactional_budget_resets (
  org_id bigint primary key references catalog.orgs on delete cascade,
  reset_at timestamptz(3) not null
);
`;

export class Captcha1763600000012 implements MigrationInterface {
  name = 'Captcha1763600000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(12)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table catalog.captcha_checks, catalog.transactional_budget_resets');
  }
}
