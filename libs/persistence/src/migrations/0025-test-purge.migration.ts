import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * action-ingest reads what became of messages to targets: it removes sent tests, and lets go of contacts whose messages are all
 * over. Contents get an age, that of this migration where they are older, so that none are removed while they are stored.
 */
const changes = `
alter table actions.message_contents add column inserted_at timestamptz(3) not null default now();
create index message_states_ended_tests on mtt.message_states (message_id) where testing and state <> 'pending';
`;

const reversal = `
drop index mtt.message_states_ended_tests;
alter table actions.message_contents drop column inserted_at;
revoke select on mtt.message_states from gs_ingest;
revoke usage on schema mtt from gs_ingest;
`;

export class TestPurge1763600000025 implements MigrationInterface {
  name = 'TestPurge1763600000025';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(changes);
    for (const statement of grantStatements(25)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(reversal);
  }
}
