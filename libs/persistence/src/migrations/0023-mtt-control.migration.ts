import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Mail to targets can be paused per campaign: its planner and the last look before a mail goes read this column. The indexes serve
 * the API: counts of what is never sent, and the export of what was written to one address.
 */
const changes = `
alter table catalog.mtt add column paused_at timestamptz(3);
create index target_emails_email on catalog.target_emails (email);
create index message_states_repeated on mtt.message_states (campaign_id)
  where dupe_rank > 0 and state <> 'cancelled' and not testing;
create index message_states_cancelled on mtt.message_states (campaign_id) where state = 'cancelled' and not testing;
`;

const reversal = `
drop index mtt.message_states_cancelled, mtt.message_states_repeated, catalog.target_emails_email;
alter table catalog.mtt drop column paused_at;
`;

export class MttControl1763600000023 implements MigrationInterface {
  name = 'MttControl1763600000023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(changes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(reversal);
  }
}
