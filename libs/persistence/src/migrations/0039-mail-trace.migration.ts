import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a mail belongs to until it has ended: header `traceparent` of the message that asked for it, where somebody records the trace
 *  (docs/tracing.md). */
export class MailTrace1763600000039 implements MigrationInterface {
  name = 'MailTrace1763600000039';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table mail.deliveries add column trace text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table mail.deliveries drop column trace');
  }
}
