import type { Database } from '@groundswell/persistence';
import type { ExportedDonation } from '@groundswell/persistence';

/** A signature of the person, on a page of the org or one whose contact record went to it. */
export interface HeldSupporter {
  id: number;
  insertedAt: Date;
  campaign: string | null;
  page: string;
  /** The org owns the page or leads the campaign, so the clear copies are its. */
  isItsOwn: boolean;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  address: string | null;
  area: string | null;
  status: number;
  emailStatus: number;
  emailStatusChanged: Date | null;
  dupeRank: number | null;
  /** Null when the org has no record, or no longer. */
  record: HeldRecord | null;
}

export interface HeldRecord {
  payload: Buffer;
  nonce: Buffer | null;
  publicKeyId: number | null;
  signKeyId: number | null;
  communicationConsent: boolean | null;
  communicationScopes: string[];
  deliveryConsent: boolean;
  givenAt: Date;
}

export interface HeldAction {
  id: number;
  /** Null while it waits for its supporter. */
  supporterId: number | null;
  insertedAt: Date;
  actionType: string;
  page: string;
  fields: Record<string, unknown>;
  status: number;
  withConsent: boolean;
  testing: boolean;
  tracking: Record<string, string> | null;
  donations: ExportedDonation[];
  messages: { subject: string; body: string; target: string; files: string[] }[];
  /** What outside services made of it (docs/enrichment.md). */
  enrichments: { kind: string; field: string; status: string; result: object | null }[];
  /** Files that came with it to a page of the org; themselves by `attachments` (docs/uploads.md). */
  attachments: { name: string; type: string; size: number; state: string }[];
}

/** Rows of each kind in one report. */
export const contactReportRows = 10_000;

type SupporterRow = Omit<HeldSupporter, 'record'> & Partial<HeldRecord>;

/** Everything an org holds on one person: three statements, however much it is. Throws DatabaseAwayError. */
export class ContactReportReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  async supporters(orgId: number, fingerprint: Buffer): Promise<HeldSupporter[]> {
    const rows = await this.database.query<SupporterRow>(
      `select s.id, s.inserted_at as "insertedAt", g.name as campaign, p.name as page,
              (p.org_id = $1 or coalesce(g.org_id = $1, false)) as "isItsOwn",
              s.first_name as "firstName", s.last_name as "lastName", s.email, s.address, s.area,
              s.processing_status as status, s.email_status as "emailStatus",
              s.email_status_changed as "emailStatusChanged", s.dupe_rank as "dupeRank",
              c.payload, c.crypto_nonce as nonce, c.public_key_id as "publicKeyId", c.sign_key_id as "signKeyId",
              c.communication_consent as "communicationConsent", c.communication_scopes as "communicationScopes",
              c.delivery_consent as "deliveryConsent", c.inserted_at as "givenAt"
         from actions.supporters s
         join catalog.action_pages p on p.id = s.action_page_id
         left join catalog.campaigns g on g.id = p.campaign_id
         left join actions.contacts c on c.supporter_id = s.id and c.org_id = $1
        where s.fingerprint = $2 and (c.id is not null or p.org_id = $1 or g.org_id = $1)
        order by s.id limit $3`,
      [orgId, fingerprint, contactReportRows],
    );
    return rows.map((row) => ({ ...row, record: row.payload ? (row as HeldRecord) : null }));
  }

  /** Those of the supporters, and those on the org's pages that wait under this reference. */
  actions(orgId: number, supporterIds: number[], ref: string): Promise<HeldAction[]> {
    return this.database.query<HeldAction>(
      `select a.id, a.supporter_id as "supporterId", a.inserted_at as "insertedAt", a.action_type as "actionType",
              p.name as page, a.fields, a.processing_status as status, a.with_consent as "withConsent", a.testing,
              case when src.id is not null then json_build_object('source', src.source, 'medium', src.medium,
                'campaign', src.campaign, 'content', src.content, 'location', src.location) end as tracking,
              array(select json_build_object('schema', d.schema, 'amount', d.amount, 'currency', d.currency,
                      'payload', d.payload, 'frequencyUnit', d.frequency_unit)
                      from actions.donations d where d.action_id = a.id order by d.id) as donations,
              array(select json_build_object('subject', t.subject, 'body', t.body, 'target', m.target_id, 'files', m.files)
                      from actions.messages m join actions.message_contents t on t.id = m.message_content_id
                     where m.action_id = a.id order by m.id) as messages,
              array(select json_build_object('kind', e.kind, 'field', e.field, 'status', e.status, 'result', e.result)
                      from actions.enrichments e
                     where e.action_id = a.id and (e.org_id = $1 or p.org_id = $1) order by e.id) as enrichments,
              array(select json_build_object('name', t.name, 'type', t.type, 'size', t.size, 'state', t.state)
                      from actions.attachments t
                     where t.action_id = a.id and t.org_id = $1 order by t.id) as attachments
         from actions.actions a
         join catalog.action_pages p on p.id = a.action_page_id
         left join actions.sources src on src.id = a.source_id
        where a.supporter_id = any($2::bigint[]) or (a.ref = $3 and a.supporter_id is null and p.org_id = $1)
        order by a.id limit $4`,
      [orgId, supporterIds, Buffer.from(ref), contactReportRows],
    );
  }

  async erasedAt(orgId: number, fingerprint: Buffer): Promise<Date | null> {
    const [row] = await this.database.query<{ erasedAt: Date }>(
      'select erased_at as "erasedAt" from catalog.erasures where org_id = $1 and ref = $2',
      [orgId, fingerprint],
    );
    return row?.erasedAt ?? null;
  }
}
