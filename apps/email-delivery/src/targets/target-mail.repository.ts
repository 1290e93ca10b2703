import type { EntityManager } from 'typeorm';
import { storableJson } from '@groundswell/persistence';
import type { AddressHash } from '../deliveries/address-hash';
import { campaignStatusCode, suppressedAddress } from '@groundswell/domain';
import { isSuppressedFor } from '../deliveries/delivery.repository';
import { cancelledReasons, type TargetDraft } from './target-mail';

/** Why a claimed mail is not called: the row is `returned`, of the erased `failed`. */
export interface StoppedMail {
  id: number;
  purpose: string;
  reason: string;
}

const liveCampaign = campaignStatusCode('live');

/** What the last look before the call says of a mail to a target (email-and-mtt.md §5.4), null where it may go. The lead sends
 *  it and the page's org collected it: an erasure by either stops it. Tests go whatever the campaign's state. */
const stopReason = `case
  when exists (select from catalog.erasures e left join catalog.action_pages p on p.id = d.page_id
                where e.ref = d.ref and e.org_id in (d.org_id, p.org_id)
                  and e.erased_at > coalesce(d.accepted_at, d.created_at)) then 'erased'
  when d.not_after < now() then 'too late'
  when t.is_test then null
  when not exists (select from catalog.campaigns c
                    where c.id = d.campaign_id and c.status = ${liveCampaign} and c.deleted_at is null) then 'campaign closed'
  when exists (select from catalog.mtt m where m.campaign_id = d.campaign_id and m.paused_at is not null) then 'paused'
  when not exists (select from catalog.targets g where g.id = t.target_id and g.deleted_at is null) then 'target disabled'
  when not exists (select from catalog.target_emails a
                    where a.id = t.target_email_id and a.target_id = t.target_id and not a.disabled) then 'address disabled'
  when exists (select from mail.suppressions s where ${isSuppressedFor}) then '${suppressedAddress}'
end`;

const forgotten = 'claimed_until = null, recipient = null, variables = null, updated_at = now()';

/** The rows of mail.target_mails, and those of mail.deliveries that stand for them. */
export class TargetMailRepository {
  constructor(private readonly manager: EntityManager) {}

  /** For purposes whose delivery was just made. Returns the purposes that had no row before. */
  async insertOnce(drafts: readonly TargetDraft[]): Promise<Set<string>> {
    const rows: { purpose: string }[] = await this.manager.query(
      `insert into mail.target_mails (purpose, delivery_id, message_id, attempt, is_test, target_id, target_email_id)
       select a.purpose, d.id, a.message_id, a.attempt, a.is_test, a.target_id, a.target_email_id
         from unnest($1::text[], $2::bigint[], $3::int[], $4::boolean[], $5::uuid[], $6::bigint[])
           as a (purpose, message_id, attempt, is_test, target_id, target_email_id)
         join mail.deliveries d on d.purpose = a.purpose
        order by a.purpose
       on conflict (purpose) do nothing returning purpose`,
      [
        drafts.map(({ delivery }) => delivery.purpose),
        drafts.map(({ messageId }) => messageId),
        drafts.map(({ attempt }) => attempt),
        drafts.map(({ isTest }) => isTest),
        drafts.map(({ targetId }) => targetId),
        drafts.map(({ targetEmailId }) => targetEmailId),
      ],
    );
    return new Set(rows.map(({ purpose }) => purpose));
  }

  /** What was returned is queued again by a later asking; what was returned or cancelled also by another message of the same person
   *  to the same target, which takes its place. */
  async takeUp(drafts: readonly TargetDraft[], addressHash: AddressHash): Promise<void> {
    await this.manager.query(takeUpSql, askedColumns(drafts, addressHash));
  }

  /** Answers are told again, for the newest asking. Returns the purposes that another message has: that one's mail stands. */
  async askAgain(drafts: readonly TargetDraft[]): Promise<Set<string>> {
    const rows: { purpose: string; isOther: boolean }[] = await this.manager.query(
      `with standing as (
         select t.purpose, greatest(t.attempt, a.attempt) as attempt, t.message_id <> a.message_id as is_other
           from unnest($1::text[], $2::bigint[], $3::int[]) as a (purpose, message_id, attempt)
           join mail.target_mails t using (purpose) join mail.deliveries d on d.id = t.delivery_id
          order by d.id for no key update of d, t
       ), asked as (
         update mail.target_mails t set attempt = s.attempt, told = null
           from standing s where t.purpose = s.purpose and not s.is_other
       )
       select purpose, is_other as "isOther" from standing`,
      [
        drafts.map(({ delivery }) => delivery.purpose),
        drafts.map(({ messageId }) => messageId),
        drafts.map(({ attempt }) => attempt),
      ],
    );
    return new Set(rows.filter(({ isOther }) => isOther).map(({ purpose }) => purpose));
  }

  /** The last look before the call, in the caller's transaction: what may not go now ends here. */
  stop(token: string, ids: readonly number[]): Promise<StoppedMail[]> {
    return this.manager.query<StoppedMail[]>(
      `with looked as (
         select d.id, ${stopReason} as reason
           from mail.deliveries d join mail.target_mails t on t.delivery_id = d.id
          where d.id = any($2::bigint[]) and d.claimed_by = $1 and d.state = 'queued' and d.claimed_until > now()
            for update of d
       ), stopped as (
         update mail.deliveries d
            set state = case l.reason when 'erased' then 'failed' else 'returned' end, error = l.reason, ${forgotten}
           from looked l where d.id = l.id and l.reason is not null
         returning d.id, d.purpose, d.error
       )
       select id, purpose, error as reason from stopped`,
      [token, ids],
    );
  }

  /** Rows nobody holds whose time is over. */
  async returnTooLate(): Promise<number> {
    const rows: { n: number }[] = await this.manager.query(
      `with changed as (
         update mail.deliveries set state = 'returned', error = 'too late', ${forgotten}
          where state = 'queued' and not_after < now() and custom_id like 'mtt:%'
            and (claimed_until is null or claimed_until < now()) returning id
       ) select count(*)::int as n from changed`,
    );
    return rows[0]?.n ?? 0;
  }

  /** Returns how often files of this mail could not be read, this time included. */
  async countFileFailure(deliveryId: number): Promise<number> {
    const rows: { n: number }[] = await this.manager.query(
      `with counted as (
         update mail.target_mails set file_failures = file_failures + 1 where delivery_id = $1 returning file_failures
       ) select file_failures as n from counted`,
      [deliveryId],
    );
    return rows[0]?.n ?? 0;
  }
}

const takeUpSql = `
with asked as (
  select * from unnest($1::text[], $2::bigint[], $3::int[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[],
                       $9::timestamptz[], $10::text[], $11::text[], $12::jsonb[], $13::jsonb[], $14::timestamptz[],
                       $15::timestamptz[], $16::bytea[])
    as a (purpose, message_id, attempt, target_email_id, custom_id, page_id, action_id, ref, accepted_at, template, locale,
          recipient, variables, not_before, not_after, address_hash)
), free as (
  select t.purpose, t.delivery_id
    from asked a join mail.target_mails t using (purpose) join mail.deliveries d on d.id = t.delivery_id
   where (d.state = 'returned' and a.attempt > t.attempt)
      or (a.message_id <> t.message_id
          and (d.state = 'returned' or (d.state = 'failed' and d.error = any(array['${Object.values(cancelledReasons).join("','")}']))))
   order by d.id for update of d, t
), taken as (
  update mail.target_mails t
     set message_id = a.message_id, attempt = a.attempt, target_email_id = a.target_email_id, file_failures = 0, told = null
    from free f join asked a using (purpose) where t.purpose = f.purpose
)
update mail.deliveries d
   set state = 'queued', error = null, custom_id = a.custom_id, page_id = a.page_id, action_id = a.action_id, ref = a.ref,
       accepted_at = a.accepted_at, template = a.template, locale = a.locale, recipient = a.recipient, variables = a.variables,
       not_before = a.not_before, not_after = a.not_after, address_hash = a.address_hash,
       next_attempt_at = greatest(now(), a.not_before), claimed_by = null, claimed_until = null, updated_at = now()
  from free f join asked a using (purpose) where d.id = f.delivery_id`;

const askedColumns = (drafts: readonly TargetDraft[], addressHash: AddressHash): unknown[] => {
  const deliveries = drafts.map(({ delivery }) => delivery);
  return [
    deliveries.map(({ purpose }) => purpose),
    drafts.map(({ messageId }) => messageId),
    drafts.map(({ attempt }) => attempt),
    drafts.map(({ targetEmailId }) => targetEmailId),
    deliveries.map(({ customId }) => customId),
    deliveries.map(({ pageId }) => pageId),
    deliveries.map(({ actionId }) => actionId),
    deliveries.map(({ ref }) => ref),
    deliveries.map(({ acceptedAt }) => acceptedAt),
    deliveries.map(({ template }) => template),
    deliveries.map(({ locale }) => locale),
    deliveries.map(({ recipient }) => storableJson(recipient)),
    deliveries.map(({ variables }) => storableJson(variables)),
    deliveries.map(({ notBefore }) => notBefore),
    deliveries.map(({ notAfter }) => notAfter),
    deliveries.map(({ recipient }) => addressHash(recipient.email)),
  ];
};
