import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The secret of a service's webhook is made from its id and this number, which rises when the secret is replaced. */
export class WebhookSecrets1763600000018 implements MigrationInterface {
  name = 'WebhookSecrets1763600000018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table catalog.services add webhook_generation int not null default 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table catalog.services drop webhook_generation');
  }
}
