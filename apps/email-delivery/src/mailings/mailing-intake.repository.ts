import type { EntityManager } from 'typeorm';
import type { MailingContentV1, MailingMessageV1, MailingPreparedV1 } from '@groundswell/contracts';
import { storableJson } from '@groundswell/persistence';
import type { MailingState } from './mailing';

export interface LockedMailing {
  id: number;
  orgId: number;
  state: MailingState;
}

/** One recipient, before it has a row. `fault`: no mail can go to that address. */
export interface RecipientDraft {
  purpose: string;
  actionId: number | null;
  ref: Buffer;
  acceptedAt: Date;
  email: string;
  name: string | null;
  locale: string | null;
  variables: Record<string, unknown>;
  addressHash: Buffer;
  fault: string | null;
}

export const mailingKind = 'mailing';
/** What nobody sent or retried until then is stale, and its recipients' data goes. */
const keptDays = 30;

/** Rows of a mailing that is still being told. */
export class MailingIntakeRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Its row, made by whichever message comes first, and locked. */
  async lock({
    purpose,
    orgId,
    campaignId,
  }: Pick<MailingMessageV1, 'purpose' | 'orgId' | 'campaignId'>): Promise<LockedMailing> {
    await this.manager.query(
      `insert into mail.mailings (purpose, org_id, campaign_id) values ($1, $2, $3) on conflict (purpose) do nothing`,
      [purpose, orgId, campaignId],
    );
    const rows: LockedMailing[] = await this.manager.query(
      `select id::int as id, org_id::int as "orgId", state from mail.mailings where purpose = $1 for update`,
      [purpose],
    );
    if (!rows[0]) throw new Error('a mailing is never removed');
    return rows[0];
  }

  async setContent(id: number, message: MailingContentV1): Promise<void> {
    const { content, trackOpens, trackClicks, notAfter, windowMs } = message;
    const parts =
      'template' in content
        ? { template: content.template, subject: null, html: null, text: null }
        : { template: null, ...content };
    await this.manager.query(
      `update mail.mailings
          set template = $2, subject = $3, html = $4, text = $5, track_opens = $6, track_clicks = $7,
              not_after = coalesce($8, now() + interval '${keptDays} days'), window_ms = $9, content_at = now(), updated_at = now()
        where id = $1 and content_at is null`,
      [
        id,
        parts.template,
        parts.subject,
        parts.html,
        parts.text,
        trackOpens,
        trackClicks,
        notAfter ?? null,
        windowMs ?? 0,
      ],
    );
  }

  /** False when this part came before. */
  async addPart(id: number, number: number, recipients: number): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `insert into mail.mailing_parts (mailing_id, number, recipients) values ($1, $2, $3)
       on conflict do nothing returning number`,
      [id, number, recipients],
    );
    return rows.length > 0;
  }

  /** A contact that has a row keeps it. */
  async addRecipients(
    { id, orgId }: LockedMailing,
    { purpose, campaignId }: Pick<MailingMessageV1, 'purpose' | 'campaignId'>,
    drafts: readonly RecipientDraft[],
  ): Promise<void> {
    const sound = (draft: RecipientDraft, value: object): string | null =>
      draft.fault === null ? storableJson(value) : null;
    await this.manager.query(
      `insert into mail.deliveries (purpose, kind, mailing_id, org_id, campaign_id, ref, accepted_at, locale, recipient,
              variables, address_hash, error, action_id, state, custom_id)
       select d.purpose, '${mailingKind}', $1, $2, $3, d.ref, d.accepted_at, d.locale, d.recipient, d.variables,
              d.address_hash, d.fault, d.action_id, case when d.fault is null then 'queued' else 'failed' end,
              case when d.fault is null then $4 end
         from unnest($5::text[], $6::bytea[], $7::timestamptz[], $8::text[], $9::jsonb[], $10::jsonb[], $11::bytea[],
                     $12::text[], $13::bigint[])
           as d (purpose, ref, accepted_at, locale, recipient, variables, address_hash, fault, action_id)
        order by d.purpose
       on conflict (purpose) do nothing`,
      [
        id,
        orgId,
        campaignId,
        `${mailingKind}:${purpose}`,
        drafts.map((draft) => draft.purpose),
        drafts.map(({ ref }) => ref),
        drafts.map(({ acceptedAt }) => acceptedAt),
        drafts.map(({ locale }) => locale),
        drafts.map((draft) => sound(draft, { email: draft.email, name: draft.name })),
        drafts.map((draft) => sound(draft, draft.variables)),
        drafts.map(({ addressHash, fault }) => (fault === null ? addressHash : null)),
        drafts.map(({ fault }) => fault),
        drafts.map(({ actionId }) => actionId),
      ],
    );
  }

  async announce(id: number, { parts, recipients }: MailingPreparedV1): Promise<void> {
    await this.manager.query(
      `update mail.mailings set announced_parts = $2, announced_recipients = $3, updated_at = now()
        where id = $1 and announced_parts is null`,
      [id, parts, recipients],
    );
  }

  /** Once nothing is missing. Returns whether that is so. */
  async makePending(id: number): Promise<boolean> {
    const rows: { id: number }[] = await this.manager.query(
      `with complete as (
         update mail.mailings m set state = 'pending', updated_at = now()
          where m.id = $1 and m.state = 'open' and m.content_at is not null
            and m.announced_parts = (select count(*) from mail.mailing_parts p
                                      where p.mailing_id = m.id and p.number <= m.announced_parts)
         returning m.id
       ) select id from complete`,
      [id],
    );
    return rows.length > 0;
  }
}
