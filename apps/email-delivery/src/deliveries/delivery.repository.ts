import type { EntityManager } from 'typeorm';
import { preparedQuery, storableJson } from '@groundswell/persistence';
import type { AddressHash } from './address-hash';
import type { ClaimedDelivery, DeliveryDraft, DeliveryEnd, LastLook } from './delivery';

/** `ordinary`: what may not go through a transactional backend; `transactional`: what may. */
export type ClaimPart = 'all' | 'transactional' | 'ordinary';

export interface Claim {
  /** Orgs whose mails this account sends, and how many of each at most; null: as many as there is room for. */
  orgs: readonly { orgId: number; most: number | null }[];
  part: ClaimPart;
  serviceId: number | null;
  limit: number;
  /** Unique for this claim. */
  token: string;
  leaseMs: number;
}

/** A mail to a target is found by its custom id for as long as events of it may come; it names no person. */
export const targetIdOnly = `custom_id = case when custom_id like 'mtt:%' then custom_id end`;
/** What a row that is sent or failed may no longer hold. What leads from an event to it (contactRef, keyed hash of the
 *  address) stays until the person is erased or events no longer come. */
const withoutPerson = `recipient = null, variables = null, trace = null, ${targetIdOnly}`;
const withoutTrace = 'ref = null, address_hash = null';
const isErasedSince = `e.org_id = d.org_id and e.ref = d.ref and e.erased_at > coalesce(d.accepted_at, d.created_at)`;
/** A bounce and a complaint stop every mail of the account to that address. Who unsubscribed gets no mailing and no mail to
 *  targets, but still what they asked for themselves: confirms, thanks, mails about their account. */
export const isSuppressedFor = `s.service_id = d.service_id and s.address_hash = d.address_hash
                           and (s.reason <> 'unsub' or d.mailing_id is not null or d.custom_id like 'mtt:%')`;
/** Not of a mailing, and not reserved by any sender either. */
const isDue = `d.state = 'queued' and d.mailing_id is null and d.next_attempt_at <= now() and (d.claimed_until is null or d.claimed_until < now())`;

/** Mails to targets never use a transactional backend; `ordinary` by route are those whose template it does not have. */
const isOrdinary = `(d.route = 'ordinary' or d.custom_id like 'mtt:%')`;
const partOf: Record<ClaimPart, { condition: string; route: string }> = {
  all: { condition: 'true', route: `nullif(d.route, 'transactional')` },
  transactional: { condition: `${isOrdinary} is not true`, route: `'transactional'` },
  ordinary: { condition: isOrdinary, route: 'd.route' },
};

const failed = (error: string) =>
  `state = 'failed', error = '${error}', claimed_until = null, updated_at = now(), ${withoutPerson}`;

const endAndBegin = `
with ended as (
  update mail.deliveries d
     set state = e.state, attempts = e.attempts, error = e.error, claimed_until = null, updated_at = now(),
         provider_message_id = coalesce(e.provider_message_id, d.provider_message_id),
         next_attempt_at = case when e.state = 'queued' then now() + e.delay_ms * interval '1 millisecond'
                                else d.next_attempt_at end,
         recipient = case when e.state in ('sent', 'failed') then null else d.recipient end,
         variables = case when e.state in ('sent', 'failed') then null else d.variables end,
         custom_id = case when e.state in ('sent', 'failed') and d.custom_id not like 'mtt:%' then null
                          else d.custom_id end,
         trace = case when e.state in ('sent', 'failed') then null else d.trace end,
         sent_at = case when e.state = 'sent' then coalesce(d.sent_at, now()) else d.sent_at end,
         route = case when e.state = 'failed' then null
                      when e.state = 'sent' and d.route = 'transactional' then 'counted'
                      else coalesce(e.route, d.route) end
    from unnest($2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::float8[], $8::text[])
           as e (id, state, attempts, provider_message_id, error, delay_ms, route)
   where d.id = e.id and d.claimed_by = $1
     and (d.state in ('queued', 'sending') or (d.state = 'unknown' and e.state in ('sent', 'failed')))
  returning d.org_id, d.service_id, d.route
), counted as (
  insert into mail.transactional_use as u (org_id, service_id, since, used)
  select d.org_id, d.service_id, coalesce(r.reset_at, 'epoch'), count(*)
    from ended d left join catalog.transactional_budget_resets r using (org_id)
   where d.route = 'counted'
   group by d.org_id, d.service_id, r.reset_at order by d.org_id, d.service_id
  on conflict (org_id, service_id) do update
     set used = case when excluded.since > u.since then excluded.used else u.used + excluded.used end,
         since = greatest(u.since, excluded.since)
), looked as (
  select d.id, coalesce(d.not_after < now(), false) as is_too_late,
         exists (select from catalog.erasures e where ${isErasedSince}) as is_erased,
         exists (select from mail.suppressions s where ${isSuppressedFor}) as is_suppressed
    from mail.deliveries d
   where d.id = any($9::bigint[]) and d.claimed_by = $1 and d.state = 'queued' and d.claimed_until > now()
     for update of d
), begun as (
  update mail.deliveries d
     set state = 'sending', claimed_until = now() + $10::float8 * interval '1 millisecond', updated_at = now()
    from looked l where d.id = l.id and not l.is_too_late and not l.is_erased and not l.is_suppressed
)
select id, is_too_late as "isTooLate", is_erased as "isErased", is_suppressed as "isSuppressed" from looked`;

/** The rows of mail.deliveries. Every change of state is one statement over many rows. */
export class DeliveryRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Purposes that have a row stay as they are. Returns the kinds of those that are new. */
  async insertOnce(drafts: readonly DeliveryDraft[], addressHash: AddressHash): Promise<string[]> {
    if (drafts.length === 0) return [];
    const rows: { kind: string }[] = await this.manager.query(
      `insert into mail.deliveries (purpose, kind, custom_id, org_id, campaign_id, page_id, action_id, ref, accepted_at,
              template, locale, recipient, variables, not_before, not_after, trace, address_hash, next_attempt_at)
       select d.*, greatest(now(), d.not_before)
         from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[],
                     $9::timestamptz[], $10::text[], $11::text[], $12::jsonb[], $13::jsonb[], $14::timestamptz[],
                     $15::timestamptz[], $16::text[], $17::bytea[])
           as d (purpose, kind, custom_id, org_id, campaign_id, page_id, action_id, ref, accepted_at, template, locale,
                 recipient, variables, not_before, not_after, trace, address_hash)
        order by d.purpose
       on conflict (purpose) do nothing returning kind`,
      [...columnsOf(drafts), drafts.map(({ recipient }) => addressHash(recipient.email))],
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
  async claim({ orgs, part, serviceId, limit, token, leaseMs }: Claim): Promise<ClaimedDelivery[]> {
    const { condition, route } = partOf[part];
    const rows: ClaimedDelivery[] = await this.manager.query(
      `with due as (
         select q.id from unnest($1::bigint[], $6::int[]) as o (org_id, most)
          cross join lateral (
            select d.id, row_number() over (order by d.next_attempt_at, d.id) as place
              from (select d.id, d.next_attempt_at from mail.deliveries d
                     where d.org_id = o.org_id and ${isDue} and ${condition}
                     order by d.next_attempt_at, d.id limit least($3::int, o.most) for update skip locked) d) q
          order by q.place, q.id limit $3
       ), claimed as (
         update mail.deliveries d
            set service_id = $2, route = ${route}, claimed_by = $4, claimed_until = now() + $5 * interval '1 millisecond', updated_at = now()
           from due where d.id = due.id
         returning d.*
       )
       select id, purpose, kind, custom_id as "customId", org_id::int as "orgId", campaign_id::int as "campaignId",
              page_id::int as "pageId", action_id::int as "actionId", ref, accepted_at as "acceptedAt", template, locale,
              recipient, variables, not_before as "notBefore", not_after as "notAfter", trace, attempts, created_at as "createdAt", route
         from claimed order by id`,
      [orgs.map(({ orgId }) => orgId), serviceId, limit, token, leaseMs, orgs.map(({ most }) => most)],
    );
    return rows;
  }

  /** The last look before a call by itself, as `endAndBegin` takes it. */
  begin(token: string, ids: readonly number[], leaseMs: number): Promise<LastLook[]> {
    return this.endAndBegin(token, [], ids, leaseMs);
  }

  /** How calls ended by itself, as `endAndBegin` writes it. */
  async end(token: string, ends: readonly DeliveryEnd[]): Promise<void> {
    await this.endAndBegin(token, ends, [], 0);
  }

  /**
   * Writes how calls ended and takes the last look at what is called next, in one statement and with one commit: between two
   * calls of one claim there is nothing else to do.
   *
   * A claim that ran out meanwhile made its row `unknown`: what is certain now may still correct that, but such a row never
   * becomes due again by itself. What a transactional backend accepted is counted with it.
   *
   * Of what is called next, what may be sent is `sending` once this is committed. A row that is missing in the answer is no
   * longer this claim's. No row may be among both.
   */
  async endAndBegin(
    token: string,
    ends: readonly DeliveryEnd[],
    nextIds: readonly number[],
    leaseMs: number,
  ): Promise<LastLook[]> {
    return preparedQuery<LastLook>(this.manager, endAndBegin, [
      token,
      ends.map(({ id }) => id),
      ends.map(({ state }) => state),
      ends.map(({ attempts }) => attempts),
      ends.map((end) => (end.state === 'sent' ? end.providerMessageId : null)),
      ends.map((end) => (end.state === 'sent' ? null : end.error)),
      ends.map((end) => (end.state === 'queued' ? end.delayMs : null)),
      ends.map((end) => (end.state === 'queued' ? (end.route ?? null) : null)),
      nextIds,
      leaseMs,
    ]);
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
      `update mail.deliveries set ${failed('too late')} where state = 'queued' and not_after < now() and (custom_id like 'mtt:%') is not true returning id`,
    );
  }

  /** What was erased after the person acted, and no provider was called with. */
  failErased(): Promise<number> {
    return this.change(
      `update mail.deliveries d set ${failed('erased')}, ${withoutTrace} from catalog.erasures e
        where d.state = 'queued' and ${isErasedSince} returning d.id`,
    );
  }

  /** Nothing leads to erased people any more, not even what was sent. A mail of unknown end may have gone: it stays unknown, and
   *  its purpose taken, but holds nothing that could be sent again. */
  async forgetErased(): Promise<void> {
    await this.manager.query(
      `update mail.deliveries d set ${withoutPerson}, ${withoutTrace} from catalog.erasures e
        where d.state = 'unknown' and ${isErasedSince}`,
    );
    await this.manager.query(
      `update mail.deliveries d set ${withoutTrace} from catalog.erasures e
        where d.state in ('sent', 'failed', 'returned') and ${isErasedSince}`,
    );
    await this.manager.query(
      `delete from mail.contact_seen s using catalog.erasures e
        where e.org_id = s.org_id and e.ref = s.ref
          and (s.last_seen_at < e.erased_at
               or (s.last_seen_at is null
                   and not exists (select from mail.deliveries d where d.org_id = s.org_id and d.ref = s.ref
                                      and coalesce(d.accepted_at, d.created_at) >= e.erased_at)))`,
    );
  }

  /** Mails so old that no event of them matters. Some per call. */
  async forgetOld(afterDays: number, limit: number): Promise<void> {
    await this.manager.query(
      `update mail.deliveries d set ${withoutTrace}
        where d.id in (select o.id from mail.deliveries o
                        where o.address_hash is not null and o.created_at < now() - $1 * interval '1 day'
                          and o.state in ('sent', 'failed', 'returned')
                        order by o.created_at limit $2 for update skip locked)`,
      [afterDays, limit],
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
  drafts.map(({ trace }) => trace ?? null),
];
