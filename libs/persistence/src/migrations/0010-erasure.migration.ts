import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * Erasing a person and answering requests (design.md §3, §8). A receipt says what one command erased; it names nobody.
 * `open_receipts` are those of a tombstone whose caller was not answered in full yet: what they erased is told with the
 * next answer. An answer is kept as long as a repeated request may come.
 */
const tables = `
alter table catalog.erasures add column open_receipts uuid[] not null default '{}';

create table actions.erasure_receipts (
  id uuid primary key,
  counts jsonb not null,
  done_at timestamptz(3) not null default now()
);
create table actions.answered_requests (
  id uuid primary key,
  answer jsonb not null,
  answered_at timestamptz(3) not null default now()
);
create index on actions.answered_requests (answered_at);
`;

export class Erasure1763600000010 implements MigrationInterface {
  name = 'Erasure1763600000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(10)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table actions.answered_requests, actions.erasure_receipts');
    await runner.query('alter table catalog.erasures drop column open_receipts');
  }
}
