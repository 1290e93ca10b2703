import type { Database } from '@groundswell/persistence';

export interface ReplyRow {
  id: string;
  receivedAt: Date;
  campaignId: number;
  actionId: number;
  targetId: string;
  fingerprint: Buffer;
  subject: string;
  text: string;
  isCut: boolean;
}

/** Where a page begins: just before this one, in the order of (receivedAt, id). */
export interface ReplyPosition {
  receivedAt: Date;
  id: string;
}

export interface RepliesQuery {
  orgId: number;
  campaignId: number | null;
  after: ReplyPosition | null;
  limit: number;
}

const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** What targets answered, as mtt-service keeps it; of a person erased meanwhile nothing. Throws DatabaseAwayError. */
export class ReplyReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  list({ orgId, campaignId, after, limit }: RepliesQuery): Promise<ReplyRow[]> {
    return this.database.query<ReplyRow>(
      `select r.id, r.received_at as "receivedAt", r.campaign_id::int as "campaignId", r.action_id::int as "actionId",
              r.target_id as "targetId", r.fingerprint, r.subject, r.body as text, r.is_cut as "isCut"
         from mtt.replies r
        where r.org_id = $1 and ($2::bigint is null or r.campaign_id = $2)
          and (r.received_at, r.id) < ($3::timestamptz, $4::uuid)
          and not exists (select from catalog.erasures e
                           where e.org_id = r.org_id and e.ref = r.fingerprint and e.erased_at > r.accepted_at)
        order by r.received_at desc, r.id desc limit $5`,
      [orgId, campaignId, after?.receivedAt ?? 'infinity', after?.id ?? highestId, limit],
    );
  }
}
