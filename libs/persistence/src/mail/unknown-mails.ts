/** How statements are run: by whoever owns the rows. Each returns its rows. */
export type RunStatement = <Row extends object>(sql: string, parameters: unknown[]) => Promise<Row[]>;

/** `of_mailing`: of a mailing that was stopped. `unchanged`: it was decided so before. `nothing_to_send`: the person was erased
 *  since. */
export type MailDecision =
  | { outcome: 'changed'; purpose: string }
  | { outcome: 'unchanged' | 'not_found' | 'not_unknown' | 'of_mailing' | 'nothing_to_send' };

const resentAs = 'resent by a person as ';
const dropped = 'dropped by a person';
const isUndecided = `d.id = $1 and ($2::bigint is null or d.org_id = $2) and d.state = 'unknown'`;
const closed = `state = 'failed', recipient = null, variables = null, updated_at = now(),
  custom_id = case when custom_id like 'mtt:%' then custom_id end`;

/**
 * Mails of which nobody knows whether they went (email-and-mtt.md §1.3): a person resends or drops each. Asking twice, or two people
 * at once, is one decision.
 */
export class UnknownMails {
  constructor(private readonly run: RunStatement) {}

  /** A new mail under a purpose of its own, `:p<number>`, in place of the unknown one, which is closed with it. A mail to a target
   *  keeps its own end, and the new one stands for what was asked for. A recipient of a mailing stays one. */
  async resend(id: string, orgId: number | null = null): Promise<MailDecision> {
    const rows = await this.run<{ purpose: string }>(
      `with old as (
         select d.* from mail.deliveries d
          where ${isUndecided} and d.mailing_id is null and d.recipient is not null for update
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
    return this.decisionOf(rows[0] ?? (await this.requeue(id, orgId)), id, orgId, resentAs);
  }

  /** Due again in its mailing: in its batch, which waits for nobody but those of unknown end. Batches that failed are for who retries
   *  the mailing. */
  private async requeue(id: string, orgId: number | null): Promise<{ purpose: string } | undefined> {
    const rows = await this.run<{ purpose: string }>(
      `with old as (
         select d.id, d.batch_id, d.mailing_id, d.purpose from mail.deliveries d
           join mail.mailings m on m.id = d.mailing_id and m.state <> 'stopped' and m.stop_asked_at is null
          where ${isUndecided} and d.recipient is not null for update
       ), requeued as (
         update mail.deliveries d set state = 'queued', error = '${resentAs}' || d.purpose, claimed_by = null, claimed_until = null,
                updated_at = now() from old where d.id = old.id
       ), batch as (
         update mail.mailing_batches b
            set state = 'pending', claimed_by = null, claimed_until = null, not_before = null, updated_at = now()
           from old where b.id = old.batch_id and b.state = 'submitting' and (b.claimed_until is null or b.claimed_until < now())
       ), mailing as (
         update mail.mailings m set state = 'pending', error = null, updated_at = now() from old
          where m.id = old.mailing_id and m.state = 'failed'
            and not exists (select from mail.mailing_batches b where b.mailing_id = m.id and b.state = 'pending')
       ) select purpose from old`,
      [id, orgId],
    );
    return rows[0];
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
    const [row] = await this.run<{ error: string | null; isStopped: boolean; isBare: boolean }>(
      `select d.error, d.state = 'unknown' and coalesce(m.stop_asked_at is not null or m.state = 'stopped', false) as "isStopped",
              d.state = 'unknown' and d.recipient is null as "isBare"
         from mail.deliveries d left join mail.mailings m on m.id = d.mailing_id
        where d.id = $1 and ($2::bigint is null or d.org_id = $2)`,
      [id, orgId],
    );
    if (!row) return { outcome: 'not_found' };
    if (row.isStopped) return { outcome: 'of_mailing' };
    if (row.isBare) return { outcome: 'nothing_to_send' };
    return { outcome: row.error?.startsWith(decision) ? 'unchanged' : 'not_unknown' };
  }
}
