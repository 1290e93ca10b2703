import type { Database } from '@groundswell/persistence';

/** A mail of the `preview` backend as a list shows it. */
export interface PreviewSummary {
  /** Of its row, in digits. */
  id: string;
  from: PreviewAddress;
  to: PreviewAddress;
  subject: string;
  createdAt: Date;
}

export interface PreviewAddress {
  address: string;
  name: string | null;
}

export type PreviewPart = 'html' | 'text' | 'source';

export interface PreviewMail extends PreviewSummary {
  messageId: string;
  headers: Record<string, unknown>;
  /** Parts the mail has. */
  parts: PreviewPart[];
}

export interface PreviewPage {
  mails: PreviewSummary[];
  hasNewer: boolean;
  hasOlder: boolean;
}

/** Where a page of the list begins: the newest mail, or next to one. */
export type PagePosition = { before: string } | { after: string } | null;

/** Mails on one page of the list. */
export const mailsPerPage = 50;
/** Characters of a part that are shown: far more than mail programs take. */
export const longestPart = 4 * 1_024 * 1_024;

interface SummaryRow {
  id: string;
  fromAddress: string;
  fromName: string | null;
  toAddress: string;
  toName: string | null;
  subject: string;
  createdAt: Date;
}

interface MailRow extends SummaryRow {
  messageId: string;
  headers: Record<string, unknown>;
  hasHtml: boolean;
  hasText: boolean;
}

const summaryColumns = `id::text as id, from_address as "fromAddress", from_name as "fromName", to_address as "toAddress",
  to_name as "toName", subject, created_at as "createdAt"`;

/** By the id of its row, else by its Message-ID: some of these are numbers too. */
const isNamed = `(id::text = $1 or message_id = $1) order by id::text = $1 desc limit 1`;

/** Mails that no provider got (email-and-mtt.md §1.3, preview). Throws DatabaseAwayError. */
export class PreviewMailReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Newest first. */
  async list(position: PagePosition): Promise<PreviewPage> {
    const isBackwards = position !== null && 'after' in position;
    const [where, order] = isBackwards
      ? ['id > $1::bigint', 'asc']
      : ['($1::bigint is null or id < $1::bigint)', 'desc'];
    const rows = await this.database.query<SummaryRow>(
      `select ${summaryColumns} from mail.previews mails where ${where} order by mails.id ${order} limit $2`,
      [position === null ? null : Object.values(position)[0], mailsPerPage + 1],
    );
    const hasMore = rows.length > mailsPerPage;
    const mails = rows.slice(0, mailsPerPage).map(summaryOf);
    if (isBackwards) return { mails: mails.reverse(), hasNewer: hasMore, hasOlder: true };
    return { mails, hasNewer: position !== null, hasOlder: hasMore };
  }

  async find(name: string): Promise<PreviewMail | null> {
    const [row] = await this.database.query<MailRow>(
      `select ${summaryColumns}, message_id as "messageId", headers, coalesce(html, '') <> '' as "hasHtml",
              coalesce(text, '') <> '' as "hasText"
         from mail.previews where ${isNamed}`,
      [name],
    );
    if (!row) return null;
    const { messageId, headers, hasHtml, hasText } = row;
    const parts: PreviewPart[] = [
      ...(hasHtml ? ['html' as const] : []),
      ...(hasText ? ['text' as const] : []),
      'source',
    ];
    return { ...summaryOf(row), messageId, headers, parts };
  }

  /** Null when there is no such mail, or not this part of it. */
  async part(name: string, part: PreviewPart): Promise<{ content: string; isWhole: boolean } | null> {
    const [row] = await this.database.query<{ content: string | null; isWhole: boolean }>(
      `select left(${part}, $2::int) as content, length(${part}) <= $2::int as "isWhole"
         from mail.previews where ${isNamed}`,
      [name, longestPart],
    );
    return row?.content ? { content: row.content, isWhole: row.isWhole } : null;
  }
}

const summaryOf = ({
  id,
  fromAddress,
  fromName,
  toAddress,
  toName,
  subject,
  createdAt,
}: SummaryRow): PreviewSummary => ({
  id,
  from: { address: fromAddress, name: fromName },
  to: { address: toAddress, name: toName },
  subject,
  createdAt,
});
