import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Targets deleted by mark and found by their external id over all campaigns; each address once per target. The size of
 * `fields` is that of the JSON text as given: jsonb writes the same object longer. The last index serves the public list
 * of a campaign's actions, which would else look through all of them for a rare type.
 */
const changes = `
alter table catalog.targets add column deleted_at timestamptz(3);
alter table catalog.targets drop constraint targets_fields_check;
create index targets_external_id on catalog.targets (external_id);
create index targets_deleted_at on catalog.targets (deleted_at) where deleted_at is not null;
alter table catalog.target_emails add constraint target_emails_target_id_email_key unique (target_id, email);

create index actions_public on actions.actions (campaign_id, action_type, id)
  where processing_status in (3, 4) and not testing and supporter_id is not null;
`;

const reversal = `
drop index actions.actions_public;
alter table catalog.target_emails drop constraint target_emails_target_id_email_key;
drop index catalog.targets_deleted_at, catalog.targets_external_id;
alter table catalog.targets add constraint targets_fields_check check (octet_length(fields::text) <= 5120) not valid;
alter table catalog.targets drop column deleted_at;
`;

export class Targets1763600000009 implements MigrationInterface {
  name = 'Targets1763600000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(changes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(reversal);
  }
}
