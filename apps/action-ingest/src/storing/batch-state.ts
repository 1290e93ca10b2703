import type { ContactRecordV1, DonationV1, MttV1, SourceV1, SubmittedAttachmentV1 } from '@groundswell/contracts';
import type { ActionStatus, ClearCopy, EmailStatus, SupporterStatus } from '@groundswell/domain';

/** One org's copy of a contact, as stored: raw bytes. */
export interface ContactState {
  orgId: number;
  payload: Buffer;
  /** Payload and nonce as base64url text, where they came so; null when they were read as bytes. */
  encoded: { payload: string; nonce: string } | null;
  nonce: Buffer | null;
  encryptKeyId: number | null;
  signKeyId: number | null;
  communicationConsent: boolean | null;
  deliveryConsent: boolean;
  givenAt: Date;
  /** Of a stored record. */
  isChanged?: boolean;
}

/** A supporter while a batch works on it: as loaded, then as it will be written. */
export interface SupporterState {
  id: number;
  /** Not in the database yet. */
  isNew: boolean;
  isChanged: boolean;
  campaignId: number;
  pageId: number;
  /** Collector: owner of the page. */
  orgId: number;
  /** Base64url of the fingerprint. */
  ref: string;
  /** Partition of the fingerprint. */
  partition: number;
  source: SourceV1 | null;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  address: string | null;
  area: string | null;
  status: SupporterStatus;
  emailStatus: EmailStatus;
  emailStatusChangedAt: Date | null;
  rank: number | null;
  /** Of a new one: the recipe that made its reference, where it is known. */
  recipe?: string | null;
  clearAtDeliver: ClearCopy[];
  acceptedAt: Date;
  contacts: ContactState[];
  /** New ones, those that are not final, and those a command names. */
  actions: ActionState[];
}

/** An action while a batch works on it. */
export interface ActionState {
  id: number;
  isNew: boolean;
  isChanged: boolean;
  supporter: SupporterState | null;
  /** Base64url text under which an unlinked action waits. */
  ref: string | null;
  actionType: string;
  campaignId: number;
  pageId: number;
  orgId: number;
  source: SourceV1 | null;
  withConsent: boolean;
  fields: Record<string, unknown>;
  testing: boolean;
  /** A repeat of the same content within minutes: delivered like any other, but nobody is mailed for it. */
  noMail: boolean;
  donation: DonationV1 | null;
  mtt: MttV1 | null;
  /** Of a new action. */
  attachments?: readonly SubmittedAttachmentV1[];
  status: ActionStatus;
  /** Statuses before this batch; null for a new action. */
  before: { action: ActionStatus; supporter: SupporterStatus | null } | null;
  acceptedAt: Date;
}

export const contactStateOf = (record: ContactRecordV1, givenAt: Date): ContactState => ({
  orgId: record.orgId,
  payload: record.nonce === null ? Buffer.from(record.payload) : Buffer.from(record.payload, 'base64url'),
  nonce: record.nonce === null ? null : Buffer.from(record.nonce, 'base64url'),
  encoded: record.nonce === null ? null : { payload: record.payload, nonce: record.nonce },
  encryptKeyId: record.encryptKeyId,
  signKeyId: record.signKeyId,
  communicationConsent: record.communicationConsent,
  deliveryConsent: record.deliveryConsent,
  givenAt,
});
