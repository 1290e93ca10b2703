import { partitionCount } from '@groundswell/contracts';
import { actionStatusCode, emailStatusCode, supporterStatusCode } from '@groundswell/domain';
import type { Database } from '../database';
import { awaitBatchesInHand } from '../partitions/batch-barrier';

/** What one page holds (graphql-api.md §4). */
export interface ExportCriteria {
  orgId: number;
  campaignId: number | null;
  /** Lowest id, inclusive. */
  start: number;
  after: Date | null;
  /** Accepted before; null: whenever. */
  before: Date | null;
  /** Rows at most. */
  limit: number;
  onlyOptIn: boolean;
  onlyDoubleOptIn: boolean;
  includeTesting: boolean;
  onlyWithConsent: boolean;
  /** Of the one person looked up by email, by each recipe: whatever consent and status. */
  fingerprints: Buffer[] | null;
}

/** An action of a supporter with the asked org's contact record. */
export interface ExportedAction {
  id: number;
  insertedAt: Date;
  actionType: string;
  fields: Record<string, unknown>;
  withConsent: boolean;
  campaignId: number;
  pageId: number;
  fingerprint: Buffer;
  dupeRank: number | null;
  emailStatus: number;
  emailStatusChanged: Date | null;
  payload: Buffer;
  nonce: Buffer | null;
  publicKeyId: number | null;
  signKeyId: number | null;
  optIn: boolean | null;
  givenAt: Date;
  tracking: { source: string; medium: string; campaign: string; content: string } | null;
  donation: ExportedDonation | null;
}

export interface ExportedDonation {
  schema: number | null;
  amount: number;
  currency: string;
  payload: Record<string, unknown>;
  frequencyUnit: number;
}

/** Rows read by one statement. */
const rowsPerRead = 500;
/** Bytes of contact data and fields in one page, about; a page ends early rather than hold more, but never empty. */
export const exportPageBytes = 8 * 1024 * 1024;

const rowsSql = `
select a.id, a.inserted_at as "insertedAt", a.action_type as "actionType", a.fields, a.with_consent as "withConsent",
       a.campaign_id as "campaignId", a.action_page_id as "pageId", pg_column_size(a.fields) as "fieldBytes",
       s.fingerprint, s.dupe_rank as "dupeRank", s.email_status as "emailStatus",
       s.email_status_changed as "emailStatusChanged",
       c.payload, c.crypto_nonce as nonce, c.public_key_id as "publicKeyId", c.sign_key_id as "signKeyId",
       c.communication_consent as "optIn", c.inserted_at as "givenAt",
       case when src.id is not null then json_build_object('source', src.source, 'medium', src.medium,
         'campaign', src.campaign, 'content', src.content) end as tracking,
       d.donation
  from actions.actions a
  join actions.supporters s on s.id = a.supporter_id
  join actions.contacts c on c.supporter_id = s.id and c.org_id = $1
  left join actions.sources src on src.id = a.source_id
  left join lateral (
    select json_build_object('schema', d.schema, 'amount', d.amount, 'currency', d.currency, 'payload', d.payload,
             'frequencyUnit', d.frequency_unit) as donation
      from actions.donations d where d.action_id = a.id order by d.id limit 1) d on true
 where a.id between $2 and $3
   and ($4::bigint is null or a.campaign_id = $4)
   and ($5::timestamptz is null or a.inserted_at >= $5)
   and ($6::boolean or not a.testing)
   and (not $7::boolean or a.with_consent)
   and (not $8::boolean or c.communication_consent)
   and (not $9::boolean or s.email_status = ${emailStatusCode('double_opt_in')})
   and case when $10::bytea[] is null
            then s.processing_status = ${supporterStatusCode('accepted')}
                 and a.processing_status in (${(['accepted', 'delivered', 'repeat'] as const).map(actionStatusCode).join(', ')})
            else s.fingerprint = any($10::bytea[]) end
   and ($12::timestamptz is null or a.inserted_at < $12)
 order by a.id limit $11`;

/** The first and the last action from `start` on, over some pages: by index alone, however long the table is on either
 *  side of them. */
const boundSql = (bound: 'min' | 'max', direction: 'asc' | 'desc'): string => `
select ${bound}(bounds.id) as id
  from unnest($1::bigint[]) as page (id)
 cross join lateral (select a.id from actions.actions a where a.action_page_id = page.id and a.id >= $2
                      order by a.id ${direction} limit 1) bounds`;
const firstSql = boundSql('min', 'asc');
const lastSql = boundSql('max', 'desc');

/** Reads pages of an export by keyset: no statement grows with the place in the table (processing.md §3). */
export class ActionExportReadModel {
  constructor(private readonly database: Pick<Database, 'query' | 'run'>) {}

  /**
   * By id, at most `criteria.limit`. `pageIds`: every page an action of the org may be on. Who continues with the last
   * id + 1 misses nothing that is stored meanwhile: what is being stored under lower ids is waited for.
   */
  async page(criteria: ExportCriteria, pageIds: number[]): Promise<ExportedAction[]> {
    if (criteria.limit === 0) return [];
    const last = await this.bound(lastSql, pageIds, criteria.start);
    if (last === null) return [];
    await this.database.run((manager) => awaitBatchesInHand(manager, partitionCount));
    // Only now: what was waited for may lie below all that was there before.
    const first = await this.bound(firstSql, pageIds, criteria.start);
    return first === null ? [] : this.rows(criteria, first, last);
  }

  private async bound(sql: string, pageIds: number[], start: number): Promise<number | null> {
    const [row] = await this.database.query<{ id: number | null }>(sql, [pageIds, start]);
    return row?.id ?? null;
  }

  private async rows(criteria: ExportCriteria, first: number, last: number): Promise<ExportedAction[]> {
    const found: ExportedAction[] = [];
    let bytes = 0;
    for (let from = first; ;) {
      const wanted = Math.min(rowsPerRead, criteria.limit - found.length);
      const rows = await this.read(criteria, from, last, wanted);
      for (const { fieldBytes, ...row } of rows) {
        bytes += row.payload.length + fieldBytes;
        if (bytes > exportPageBytes && found.length > 0) return found;
        found.push(row);
      }
      const newest = rows.at(-1);
      if (!newest || rows.length < wanted || found.length >= criteria.limit) return found;
      from = newest.id + 1;
    }
  }

  private read(
    criteria: ExportCriteria,
    from: number,
    last: number,
    limit: number,
  ): Promise<(ExportedAction & { fieldBytes: number })[]> {
    return this.database.query(rowsSql, [
      criteria.orgId,
      from,
      last,
      criteria.campaignId,
      criteria.after,
      criteria.includeTesting,
      criteria.onlyWithConsent,
      criteria.onlyOptIn,
      criteria.onlyDoubleOptIn,
      criteria.fingerprints,
      limit,
      criteria.before,
    ]);
  }
}
