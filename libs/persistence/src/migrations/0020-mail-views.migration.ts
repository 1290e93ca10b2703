import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grantStatements } from '../ownership/grants';

/**
 * What became of each mail, for the API: whom it is for, what it says and how events find it stay with email-delivery. The
 * indexes are those of its lists: mails of an org that need a person, recipients of a mailing in order.
 */
const tables = `
create view mail.delivery_states as
  select id, purpose, kind, org_id, campaign_id, page_id, action_id, mailing_id, batch_id, template, locale, state, attempts,
         next_attempt_at, not_before, not_after, service_id, error, created_at, updated_at,
         sent_at, delivered_at, opened_at, clicked_at, bounced_at
    from mail.deliveries;
create index deliveries_for_people_of_org on mail.deliveries (org_id, state, id)
  where state in ('failed', 'unknown') and mailing_id is null;
create index deliveries_of_mailing_in_order on mail.deliveries (mailing_id, id) where mailing_id is not null;
`;

export class MailViews1763600000020 implements MigrationInterface {
  name = 'MailViews1763600000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    for (const statement of grantStatements(20)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index mail.deliveries_for_people_of_org, mail.deliveries_of_mailing_in_order');
    await runner.query('drop view mail.delivery_states');
  }
}
