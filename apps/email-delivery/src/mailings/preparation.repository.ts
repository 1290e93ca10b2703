import type { EntityManager } from 'typeorm';

export interface UnpreparedMailing {
  id: number;
  purpose: string;
  orgId: number;
  announced: number;
}

export interface PreparedCounts {
  candidates: number;
  excluded: number;
  recipients: number;
  batches: number;
}

const leftOut = (reason: string) =>
  `state = 'failed', error = '${reason}', recipient = null, variables = null, custom_id = null, updated_at = now()`;
const isCandidate = `d.mailing_id = $1 and d.batch_id is null and d.state = 'queued'`;

/** From recipients to batches. */
export class PreparationRepository {
  constructor(private readonly manager: EntityManager) {}

  /** One that no other replica is preparing, locked. */
  async next(): Promise<UnpreparedMailing | null> {
    const rows: UnpreparedMailing[] = await this.manager.query(
      `select id::int as id, purpose, org_id::int as "orgId", announced_recipients as announced
         from mail.mailings where state = 'pending' and prepared_at is null order by id limit 1 for update skip locked`,
    );
    return rows[0] ?? null;
  }

  /** Each with its reason: erased since they acted, no longer taken by this account's provider, there before under another name. */
  async exclude(id: number, serviceId: number | null): Promise<void> {
    await this.manager.query(
      `update mail.deliveries d set ${leftOut('erased')} from catalog.erasures e
        where ${isCandidate} and e.org_id = d.org_id and e.ref = d.ref and e.erased_at > d.accepted_at`,
      [id],
    );
    await this.manager.query(
      `update mail.deliveries d set ${leftOut('suppressed')} from mail.suppressions s
        where ${isCandidate} and s.service_id = $2 and s.address_hash = d.address_hash`,
      [id, serviceId],
    );
    await this.manager.query(
      `update mail.deliveries d set ${leftOut('duplicate address')}
         from (select d.id, row_number() over (partition by d.address_hash order by d.id) as place
                 from mail.deliveries d where ${isCandidate}) as seen
        where d.id = seen.id and seen.place > 1`,
      [id],
    );
    await this.excludeMailedBefore(id);
  }

  /** Who opted in late gets a mailout by a mailing of its own; the address may have had it under another reference. */
  private async excludeMailedBefore(id: number): Promise<void> {
    await this.manager.query(
      `update mail.deliveries d set ${leftOut('duplicate address')}
         from mail.mailings m, mail.deliveries o, mail.mailings om
        where ${isCandidate} and m.id = d.mailing_id and m.purpose like 'mailout:%:opted-in:%'
          and o.address_hash = d.address_hash and o.mailing_id <> m.id and o.state in ('queued', 'sending', 'sent', 'unknown')
          and om.id = o.mailing_id and om.org_id = m.org_id
          and (om.purpose = 'mailout:' || split_part(m.purpose, ':', 2)
               or starts_with(om.purpose, 'mailout:' || split_part(m.purpose, ':', 2) || ':opted-in:') and om.id < m.id)`,
      [id],
    );
  }

  async segments(id: number): Promise<string[]> {
    const rows: { segment: string }[] = await this.manager.query(
      `select distinct coalesce(d.locale, '') as segment from mail.deliveries d where ${isCandidate} order by segment`,
      [id],
    );
    return rows.map(({ segment }) => segment);
  }

  /** The newest of those below `before`. Returns the oldest of them, null when there are none. */
  async buildBatch(
    id: number,
    { number, segment, before, size }: { number: number; segment: string; before: number | null; size: number },
  ): Promise<number | null> {
    const rows: { oldest: number | null }[] = await this.manager.query(
      `with picked as (
         select d.id from mail.deliveries d
          where ${isCandidate} and coalesce(d.locale, '') = $3 and ($4::bigint is null or d.id < $4)
          order by d.id desc limit $5
       ), batch as (
         insert into mail.mailing_batches (mailing_id, number, segment, recipient_count)
         select $1, $2, $3, count(*) from picked having count(*) > 0 returning id
       ), placed as (
         update mail.deliveries d set batch_id = batch.id, not_after = m.not_after, updated_at = now()
           from picked, batch, mail.mailings m where d.id = picked.id and m.id = $1
         returning d.id
       ) select min(id)::bigint as oldest from placed`,
      [id, number, segment, before, size],
    );
    return rows[0]?.oldest ?? null;
  }

  async counts(id: number): Promise<PreparedCounts & { inBatches: number }> {
    const rows: (PreparedCounts & { inBatches: number })[] = await this.manager.query(
      `select count(*)::int as candidates, count(*) filter (where d.batch_id is null and d.state = 'failed')::int as excluded,
              count(d.batch_id)::int as recipients,
              (select count(*)::int from mail.mailing_batches where mailing_id = $1) as batches,
              (select coalesce(sum(recipient_count), 0)::int from mail.mailing_batches where mailing_id = $1) as "inBatches"
         from mail.deliveries d where d.mailing_id = $1`,
      [id],
    );
    if (!rows[0]) throw new Error('a count gives one row');
    return rows[0];
  }

  /** From now on the recipients are fixed. A mailing to nobody is done. */
  async freeze(id: number, { candidates, excluded, recipients }: PreparedCounts): Promise<void> {
    await this.manager.query(
      `update mail.mailings
          set candidate_count = $2, excluded_count = $3, recipient_count = $4, prepared_at = now(), updated_at = now(),
              state = case when $4 = 0 then 'submitted'::mail.mailing_state else state end,
              submitted_at = case when $4 = 0 then now() end
        where id = $1`,
      [id, candidates, excluded, recipients],
    );
    await this.spread(id);
  }

  /** Evenly over the window that began when the mailing was told; over a new one of the same length if that is over. */
  async spread(id: number): Promise<void> {
    await this.manager.query(
      `update mail.mailing_batches b
          set not_before = w.begin + (b.number - 1) * w.length / w.batches
         from (select m.id, m.window_ms * interval '1 millisecond' as length,
                      case when m.created_at + m.window_ms * interval '1 millisecond' > now() then m.created_at else now() end
                        as begin,
                      (select greatest(count(*), 1) from mail.mailing_batches c where c.mailing_id = m.id) as batches
                 from mail.mailings m where m.id = $1 and m.window_ms > 0) as w
        where b.mailing_id = w.id and b.state = 'pending'`,
      [id],
    );
  }
}
