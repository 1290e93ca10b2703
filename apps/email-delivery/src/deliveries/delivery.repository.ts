import type { EntityManager } from 'typeorm';
import { storableJson } from '@groundswell/persistence';
import type { ClaimedDelivery, DeliveryDraft, DeliveryEnd, LastLook } from './delivery';

export interface Claim {
  /** Orgs whose mails this account sends. */
  orgIds: readonly number[];
  serviceId: number | null;
  limit: number;
  /** Unique for this claim. */
  token: string;
  leaseMs: number;
}

/** What a row that is sent or failed may no longer hold. */
const withoutPerson = 'recipient = null, variables = null, custom_id = null, ref = null';
/** Not reserved by any sender either. */
const isDue = `d.state = 'queued' and d.next_attempt_at <= now() and (d.claimed_until is null or d.claimed_until < now())`;

const failed = (error: string) =>
  `state = 'failed', error = '${error}', claimed_until = null, updated_at = now(), ${withoutPerson}`;

/** The rows of mail.deliveries. Every change of state is one statement over many rows. */
export class DeliveryRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Purposes that have a row stay as they are. Returns the kinds of those that are new. */
  async insertOnce(drafts: readonly DeliveryDraft[]): Promise<string[]> {
    if (drafts.length === 0) return [];
    const rows: { kind: string }[] = await this.manager.query(
      `insert into mail.deliveries (purpose, kind, custom_id, org_id, campaign_id, page_id, action_id, ref, accepted_at,
              template, locale, recipient, variables, not_before, not_after, next_attempt_at)
       select d.*, greatest(now(), d.not_before)
         from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[],
                     $9::timestamptz[], $10::text[], $11::text[], $12::jsonb[], $13::jsonb[], $14::timestamptz[],
                     $15::timestamptz[])
           as d (purpose, kind, custom_id, org_id, campaign_id, page_id, action_id, ref, accepted_at, template, locale,
                 recipient, variables, not_before, not_after)
        order by d.purpose
       on conflict (purpose) do nothing returning kind`,
      columnsOf(drafts),
    );
    return rows.map(({ kind }) => kind);
  }

  /** Orgs that have mail due now. A look-up per org, not per mail. */
  async dueOrgs(): Promise<number[]> {
    const next = (after: string) =>
      `select d.org_id from mail.deliveries d where ${isDue} ${after} order by d.org_id limit 1`;
    const rows: { orgId: number }[] = await this.manager.query(
      `with recursive due as (
         (${next('')})
         union all
         select (${next('and d.org_id > due.org_id')}) from due where due.org_id is not null
       ) select org_id::int as "orgId" from due where org_id is not null`,
    );
    return rows.map(({ orgId }) => orgId);
  }

  /** Reserves due rows, some of each org; what another replica is taking is left to it. Nothing is being sent yet, so what
   *  is reserved by a process that ends is simply free again. */
  async claim({ orgIds, serviceId, limit, token, leaseMs }: Claim): Promise<ClaimedDelivery[]> {
    const rows: ClaimedDelivery[] = await this.manager.query(
      `with due as (
         select q.id from unnest($1::bigint[]) as o (org_id)
          cross join lateral (
            select d.id, row_number() over (order by d.next_attempt_at, d.id) as place
              from (select d.id, d.next_attempt_at from mail.deliveries d
                     where d.org_id = o.org_id and ${isDue}
                     order by d.next_attempt_at, d.id limit $3 for update skip locked) d) q
          order by q.place, q.id limit $3
       ), claimed as (
         update mail.deliveries d
            set service_id = $2, claimed_by = $4, claimed_until = now() + $5 * interval '1 millisecond', updated_at = now()
           from due where d.id = due.id
         returning d.*
       )
       select id, purpose, kind, custom_id as "customId", org_id::int as "orgId", campaign_id::int as "campaignId",
              page_id::int as "pageId", action_id::int as "actionId", ref, accepted_at as "acceptedAt", template, locale,
              recipient, variables, not_before as "notBefore", not_after as "notAfter", attempts, created_at as "createdAt"
         from claimed order by id`,
      [orgIds, serviceId, limit, token, leaseMs],
    );
    return rows;
  }

  /**
   * The last look before the call: what may be sent is `sending` once this is committed. A row that is missing is no longer
   * this claim's.
   */
  async begin(token: string, ids: readonly number[], leaseMs: number): Promise<LastLook[]> {
    const rows: LastLook[] = await this.manager.query(
      `with looked as (
         select d.id, coalesce(d.not_after < now(), false) as is_too_late,
                exists (select from catalog.erasures e
                         where e.org_id = d.org_id and e.ref = d.ref and e.erased_at > d.accepted_at) as is_erased
           from mail.deliveries d
          where d.id = any($2::bigint[]) and d.claimed_by = $1 and d.state = 'queued' and d.claimed_until > now()
            for update of d
       ), begun as (
         update mail.deliveries d
            set state = 'sending', claimed_until = now() + $3 * interval '1 millisecond', updated_at = now()
           from looked l where d.id = l.id and not l.is_too_late and not l.is_erased
       )
       select id, is_too_late as "isTooLate", is_erased as "isErased" from looked`,
      [token, ids, leaseMs],
    );
    return rows;
  }

  /**
   * Writes how claims ended. A claim that ran out meanwhile made its row `unknown`: what is certain now may still correct
   * that, but such a row never becomes due again by itself.
   */
  async end(token: string, ends: readonly DeliveryEnd[]): Promise<void> {
    await this.manager.query(
      `update mail.deliveries d
          set state = e.state, attempts = e.attempts, error = e.error, claimed_until = null, updated_at = now(),
              provider_message_id = coalesce(e.provider_message_id, d.provider_message_id),
              next_attempt_at = case when e.state = 'queued' then now() + e.delay_ms * interval '1 millisecond'
                                     else d.next_attempt_at end,
              recipient = case when e.state in ('sent', 'failed') then null else d.recipient end,
              variables = case when e.state in ('sent', 'failed') then null else d.variables end,
              custom_id = case when e.state in ('sent', 'failed') then null else d.custom_id end,
              ref = case when e.state in ('sent', 'failed') then null else d.ref end
         from unnest($2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::float8[])
                as e (id, state, attempts, provider_message_id, error, delay_ms)
        where d.id = e.id and d.claimed_by = $1
          and (d.state in ('queued', 'sending') or (d.state = 'unknown' and e.state in ('sent', 'failed')))`,
      [
        token,
        ends.map(({ id }) => id),
        ends.map(({ state }) => state),
        ends.map(({ attempts }) => attempts),
        ends.map((end) => (end.state === 'sent' ? end.providerMessageId : null)),
        ends.map((end) => (end.state === 'sent' ? null : end.error)),
        ends.map((end) => (end.state === 'queued' ? end.delayMs : null)),
      ],
    );
  }

  /** Calls that ended without a word: the mail may have gone. Returns how many. */
  markEnded(): Promise<number> {
    return this.change(
      `update mail.deliveries set state = 'unknown', attempts = attempts + 1, claimed_until = null, updated_at = now(),
              error = 'the sender ended between call and result'
        where state = 'sending' and claimed_until < now() returning id`,
    );
  }

  failTooLate(): Promise<number> {
    return this.change(
      `update mail.deliveries set ${failed('too late')} where state = 'queued' and not_after < now() returning id`,
    );
  }

  /** What was erased after the person acted, and nobody is sending just now. */
  failErased(): Promise<number> {
    return this.change(
      `update mail.deliveries d set ${failed('erased')} from catalog.erasures e
        where d.state in ('queued', 'unknown') and e.org_id = d.org_id and e.ref = d.ref and e.erased_at > d.accepted_at
       returning d.id`,
    );
  }

  private async change(update: string): Promise<number> {
    const rows: { n: number }[] = await this.manager.query(
      `with changed as (${update}) select count(*)::int as n from changed`,
    );
    return rows[0]?.n ?? 0;
  }
}

const columnsOf = (drafts: readonly DeliveryDraft[]): unknown[] => [
  drafts.map(({ purpose }) => purpose),
  drafts.map(({ kind }) => kind),
  drafts.map(({ customId }) => customId),
  drafts.map(({ orgId }) => orgId),
  drafts.map(({ campaignId }) => campaignId),
  drafts.map(({ pageId }) => pageId),
  drafts.map(({ actionId }) => actionId),
  drafts.map(({ ref }) => ref),
  drafts.map(({ acceptedAt }) => acceptedAt),
  drafts.map(({ template }) => template),
  drafts.map(({ locale }) => locale),
  drafts.map(({ recipient }) => storableJson(recipient)),
  drafts.map(({ variables }) => storableJson(variables)),
  drafts.map(({ notBefore }) => notBefore),
  drafts.map(({ notAfter }) => notAfter),
];
