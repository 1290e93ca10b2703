/**
 * SQL: somebody was erased for the org of report `r` (of stats.reports) after its rows were read, or so shortly before that it may
 * still have been under way. A tombstone is carried out in about a second; what took longer has an open receipt.
 */
export const erasedSince = (r: string): string => `exists (
  select from catalog.erasures e
   where e.org_id = ${r}.org_id
     and (e.erased_at > ${r}.started_at - interval '1 minute'
          or exists (select from unnest(e.open_receipts) as open (id)
                       left join actions.erasure_receipts done on done.id = open.id
                      where done.done_at is null or done.done_at > ${r}.started_at)))`;
