import type { EntityManager } from 'typeorm';
import type { DonationV1, MttV1, SourceV1 } from '@groundswell/contracts';
import { encodeRef } from '@groundswell/crypto';
import { preparedQuery } from '@groundswell/persistence';
import {
  actionStatusFromCode,
  emailStatusFromCode,
  supporterStatusFromCode,
  type ClearCopy,
} from '@groundswell/domain';
import type { ActionState, SupporterState } from './batch-state';
import { partitionOf } from './reference';

/** Reads supporters and actions as the rules and the message builders work on them. */
export class StateReader {
  constructor(private readonly orgOfPage: (pageId: number) => number | undefined) {}

  /** With all their contact records and without actions, by id. */
  async supporters(manager: EntityManager, ids: number[]): Promise<Map<number, SupporterState>> {
    const supporters = new Map<number, SupporterState>();
    if (ids.length === 0) return supporters;
    const rows: SupporterRow[] = await preparedQuery(
      manager,
      `select ${supporterColumns}, ${sourceColumns} from actions.supporters s
         left join actions.sources src on src.id = s.source_id where s.id = any($1::bigint[]) order by s.id`,
      [ids],
    );
    for (const row of rows) supporters.set(row.id, this.supporterOf(row));
    const contacts: ContactRow[] = await preparedQuery(
      manager,
      `select supporter_id, org_id, payload, crypto_nonce, public_key_id, sign_key_id, communication_consent,
              delivery_consent, inserted_at
         from actions.contacts where supporter_id = any($1::bigint[]) order by id`,
      [ids],
    );
    for (const row of contacts) {
      supporters.get(row.supporter_id)?.contacts.push({
        orgId: row.org_id,
        payload: row.payload,
        encoded: null,
        nonce: row.crypto_nonce,
        encryptKeyId: row.public_key_id,
        signKeyId: row.sign_key_id,
        communicationConsent: row.communication_consent,
        deliveryConsent: row.delivery_consent,
        givenAt: row.inserted_at,
      });
    }
    return supporters;
  }

  /** Actions `a` by id. `where` must be a constant text; `rest` may limit and lock. */
  actionRows(manager: EntityManager, where: string, parameters: unknown[], rest = ''): Promise<ActionRow[]> {
    return preparedQuery(
      manager,
      `select ${actionColumns}, ${sourceColumns},
              case when d.id is not null then json_build_object('schema', d.schema, 'payload', d.payload, 'amount', d.amount,
                'currency', d.currency, 'frequency_unit', d.frequency_unit) end as donation_row
         from actions.actions a
         left join actions.sources src on src.id = a.source_id
         left join actions.donations d on d.action_id = a.id
        where ${where} order by a.id ${rest}`,
      parameters,
    );
  }

  actionOf(row: ActionRow, supporter: SupporterState | null): ActionState {
    const status = actionStatusFromCode(row.processing_status);
    return {
      id: row.id,
      isNew: false,
      isChanged: false,
      supporter,
      ref: row.ref?.toString() ?? null,
      actionType: row.action_type,
      campaignId: row.campaign_id ?? 0,
      pageId: row.action_page_id,
      orgId: this.orgOfPage(row.action_page_id) ?? 0,
      source: row.source_row,
      withConsent: row.with_consent,
      fields: row.fields,
      testing: row.testing,
      noMail: row.no_mail,
      donation: row.donation_row && {
        schema: row.donation_row.schema,
        amount: row.donation_row.amount,
        currency: row.donation_row.currency,
        frequencyUnit: row.donation_row.frequency_unit,
        payload: row.donation_row.payload,
      },
      mtt: row.mtt,
      status,
      before: { action: status, supporter: supporter?.status ?? null },
      acceptedAt: row.inserted_at,
    };
  }

  private supporterOf(row: SupporterRow): SupporterState {
    return {
      id: row.id,
      isNew: false,
      isChanged: false,
      campaignId: row.campaign_id,
      pageId: row.action_page_id,
      orgId: this.orgOfPage(row.action_page_id) ?? 0,
      ref: encodeRef(row.fingerprint),
      partition: partitionOf(encodeRef(row.fingerprint)),
      source: row.source_row,
      firstName: row.first_name,
      lastName: row.last_name,
      email: row.email,
      address: row.address,
      area: row.area,
      status: supporterStatusFromCode(row.processing_status),
      emailStatus: emailStatusFromCode(row.email_status),
      emailStatusChangedAt: row.email_status_changed,
      rank: row.dupe_rank,
      clearAtDeliver: row.clear_at_deliver,
      acceptedAt: row.inserted_at,
      contacts: [],
      actions: [],
    };
  }
}

// Columns by name: a release that only adds one must not change what a prepared statement returns.
const supporterColumns = `s.id, s.campaign_id, s.action_page_id, s.fingerprint, s.first_name, s.last_name, s.email, s.address,
  s.area, s.processing_status, s.email_status, s.email_status_changed, s.dupe_rank, s.clear_at_deliver, s.inserted_at`;
const actionColumns = `a.id, a.ref, a.supporter_id, a.action_type, a.campaign_id, a.action_page_id, a.with_consent, a.fields,
  a.processing_status, a.testing, a.no_mail, a.mtt, a.inserted_at`;
const sourceColumns = `case when src.id is not null then json_build_object('source', src.source, 'medium', src.medium,
  'campaign', src.campaign, 'content', src.content, 'location', src.location) end as source_row`;

interface SupporterRow {
  id: number;
  campaign_id: number;
  action_page_id: number;
  fingerprint: Buffer;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  address: string | null;
  area: string | null;
  processing_status: number;
  email_status: number;
  email_status_changed: Date | null;
  dupe_rank: number | null;
  clear_at_deliver: ClearCopy[];
  inserted_at: Date;
  source_row: SourceV1 | null;
}
interface ContactRow {
  supporter_id: number;
  org_id: number;
  payload: Buffer;
  crypto_nonce: Buffer | null;
  public_key_id: number | null;
  sign_key_id: number | null;
  communication_consent: boolean | null;
  delivery_consent: boolean;
  inserted_at: Date;
}
export interface ActionRow {
  id: number;
  ref: Buffer | null;
  supporter_id: number | null;
  action_type: string;
  campaign_id: number | null;
  action_page_id: number;
  with_consent: boolean;
  fields: Record<string, unknown>;
  processing_status: number;
  testing: boolean;
  no_mail: boolean;
  mtt: MttV1 | null;
  inserted_at: Date;
  source_row: SourceV1 | null;
  donation_row: (Omit<DonationV1, 'frequencyUnit'> & { frequency_unit: number }) | null;
}
