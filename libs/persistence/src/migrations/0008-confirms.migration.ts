import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Codes end by themselves (graphql-api.md §5.8): after a time, and after being offered to the wrong address too often. */
const up = `
alter table catalog.confirms
  add column expires_at timestamptz(3) not null default now() + interval '30 days',
  add column wrong_attempts int not null default 0;
create index on catalog.confirms (operation, subject_id) where charges > 0;
`;

export class Confirms1763600000008 implements MigrationInterface {
  name = 'Confirms1763600000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(up);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index catalog.confirms_operation_subject_id_idx');
    await runner.query('alter table catalog.confirms drop column expires_at, drop column wrong_attempts');
  }
}
