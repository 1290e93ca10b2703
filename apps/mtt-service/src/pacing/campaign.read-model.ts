import { campaignStatusCode } from '@groundswell/domain';
import type { EntityManager } from 'typeorm';
import type { PacedCampaign } from './paced-campaign';

const columns = `
  c.id as "campaignId", c.org_id as "orgId", m.start_at as "startAt", m.end_at as "endAt", m.timezone,
  coalesce(m.drip_delivery, true) as "isDrip", m.max_per_target_per_day as "maxPerTargetPerDay",
  m.max_emails_per_hour as "maxEmailsPerHour", m.message_template as "messageTemplate", m.test_email as "testEmail",
  m.cc_contacts as "ccContacts", m.cc_sender as "ccSender"
  from catalog.mtt m
  join catalog.campaigns c on c.id = m.campaign_id
  join catalog.orgs o on o.id = c.org_id`;

const day = (instant: string): string => `(${instant} at time zone 'UTC')::date`;

const draft = campaignStatusCode('draft');
const live = campaignStatusCode('live');
const hasLead = 'c.deleted_at is null and o.deleted_at is null and o.email_backend_id is not null';
const maySend = `${hasLead} and c.status = ${live} and m.paused_at is null`;
const mayTest = `${hasLead} and c.status in (${draft}, ${live})`;

/** Campaigns as they are at this moment: read from their tables, so that pausing and closing work at once. */
export class CampaignReadModel {
  constructor(
    private readonly manager: EntityManager,
    private readonly cycleMs: number,
  ) {}

  /** Begun, and not over since more than the flush. */
  running(isDrip: boolean, now: Date): Promise<PacedCampaign[]> {
    return this.read(
      `${maySend} and coalesce(m.drip_delivery, true) = $1 and ${day('m.start_at')} <= ${day('$2::timestamptz')}
         and m.end_at >= $2::timestamptz - interval '24 hours'
         and exists (select from mtt.target_progress p where p.campaign_id = c.id and p.pending > 0)`,
      [isDrip, now],
    );
  }

  /** Still allowed, within the transaction that acts; null: paused, closed, deleted or without a backend. */
  async sending(campaignId: number): Promise<PacedCampaign | null> {
    return (await this.read(`${maySend} and c.id = $1`, [campaignId]))[0] ?? null;
  }

  /** With test mails that wait. Dates and pausing are for mails to targets. */
  testing(): Promise<PacedCampaign[]> {
    return this.read(
      `${mayTest} and c.id in (select campaign_id from mtt.message_states where state = 'pending' and testing)`,
      [],
    );
  }

  /** For asking once more, whatever they are now. */
  ofMessages(campaignIds: readonly number[]): Promise<PacedCampaign[]> {
    return this.read('c.id = any($1::bigint[])', [campaignIds]);
  }

  private async read(where: string, parameters: unknown[]): Promise<PacedCampaign[]> {
    const rows: Omit<PacedCampaign, 'cycleMs'>[] = await this.manager.query(
      `select ${columns} where ${where} order by c.id`,
      parameters,
    );
    return rows.map((row) => ({ ...row, cycleMs: this.cycleMs }));
  }
}
