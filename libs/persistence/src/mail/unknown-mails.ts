/** How statements are run: by whoever owns the rows. Each returns its rows. */
export type RunStatement = <Row extends object>(sql: string, parameters: unknown[]) => Promise<Row[]>;

/** `of_mailing`: a recipient of a mailing, which is retried as a whole. `unchanged`: it was decided so before. `nothing_to_send`: the
 *  person was erased since. */
export type MailDecision =
  | { outcome: 'changed'; purpose: string }
  | { outcome: 'unchanged' | 'not_found' | 'not_unknown' | 'of_mailing' | 'nothing_to_send' };

const resentAs = 'resent by a person as ';
const dropped = 'dropped by a person';
const isUndecided = `d.id = $1 and ($2::bigint is null or d.org_id = $2) and d.state = 'unknown' and d.mailing_id is null`;
const closed = `state = 'failed', recipient = null, variables = null, updated_at = now(),
  custom_id = case when custom_id like 'mtt:%' then custom_id end`;

/**
 * Mails of which nobody knows whether they went (email-and-mtt.md §1.3): a person resends or drops each. Asking twice, or two people
 * at once, is one decision.
 */
export class UnknownMails {
  constructor(private readonly run: RunStatement) {}

  /** A new mail under a purpose of its own, `:p<number>`, in place of the unknown one, which is closed with it. A mail to a target
   *  keeps its own end, and the new one stands for what was asked for. */
  async resend(id: string, orgId: number | null = null): Promise<MailDecision> {
    const rows = await this.run<{ purpose: string }>(
      `with old as (
         select d.* from mail.deliveries d where ${isUndecided} and d.recipient is not null for update
       ), resent as (
         insert into mail.deliveries (purpose, kind, custom_id, org_id, campaign_id, page_id, action_id, ref, address_hash,
                accepted_at, template, locale, recipient, variables, not_after)
         select regexp_replace(purpose, ':p[0-9]+$', '') || ':p'
                  || coalesce((regexp_match(purpose, ':p([0-9]+)$'))[1]::int, 0) + 1,
                kind, custom_id, org_id, campaign_id, page_id, action_id, ref, address_hash,
                accepted_at, template, locale, recipient, variables,
                case when custom_id like 'mtt:%' then not_after else now() + interval '3 days' end from old
         returning id, purpose
       ), closed as (
         update mail.deliveries d set ${closed}, error = '${resentAs}' || resent.purpose from resent where d.id = $1
       ), moved as (
         update mail.target_mails t set delivery_id = resent.id, told = null from resent where t.delivery_id = $1
       ) select purpose from resent`,
      [id, orgId],
    );
    return this.decisionOf(rows[0], id, orgId, resentAs);
  }

  /** Nothing more is sent for it. */
  async drop(id: string, orgId: number | null = null): Promise<MailDecision> {
    const rows = await this.run<{ purpose: string }>(
      `with closed as (
         update mail.deliveries d set ${closed}, error = '${dropped}' where ${isUndecided} returning purpose
       ) select purpose from closed`,
      [id, orgId],
    );
    return this.decisionOf(rows[0], id, orgId, dropped);
  }

  private async decisionOf(
    changed: { purpose: string } | undefined,
    id: string,
    orgId: number | null,
    decision: string,
  ): Promise<MailDecision> {
    if (changed) return { outcome: 'changed', purpose: changed.purpose };
    const [row] = await this.run<{ error: string | null; ofMailing: boolean; isBare: boolean }>(
      `select error, mailing_id is not null as "ofMailing", state = 'unknown' and recipient is null as "isBare"
         from mail.deliveries
        where id = $1 and ($2::bigint is null or org_id = $2)`,
      [id, orgId],
    );
    if (!row) return { outcome: 'not_found' };
    if (row.ofMailing) return { outcome: 'of_mailing' };
    if (row.isBare) return { outcome: 'nothing_to_send' };
    return { outcome: row.error?.startsWith(decision) ? 'unchanged' : 'not_unknown' };
  }
}
