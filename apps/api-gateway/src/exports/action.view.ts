import { encodeRef } from '@groundswell/crypto';
import { donationFrequencyFromCode, donationSchemaFromCode, emailStatusFromCode } from '@groundswell/domain';
import type { ExportedAction, ExportedDonation } from '@groundswell/persistence';
import type { CampaignView } from '../campaigns/campaign.view';
import type { PageView } from '../pages/page.view';

export interface KeyIds {
  id: number;
  public: string;
}

/** What a row only names. */
export interface ActionSurroundings {
  campaign: CampaignView;
  actionPage: PageView;
  /** Null for a key that is gone. */
  keyOf(id: number | null): KeyIds | null;
}

/** An action as the org that asked holds it (graphql-api.md §7.8). */
export type ActionView = ReturnType<typeof viewAction>;

export const viewAction = (row: ExportedAction, { campaign, actionPage, keyOf }: ActionSurroundings) => ({
  actionId: row.id,
  createdAt: row.insertedAt,
  actionType: row.actionType,
  customFields: row.fields,
  contact: {
    contactRef: encodeRef(row.fingerprint),
    dupeRank: row.dupeRank,
    ...viewPayload(row, keyOf),
  },
  tracking: row.tracking,
  campaign,
  actionPage,
  privacy: {
    optIn: row.optIn,
    givenAt: row.givenAt,
    emailStatus: emailStatusFromCode(row.emailStatus).toUpperCase(),
    emailStatusChanged: row.emailStatusChanged,
    withConsent: row.withConsent,
  },
  donation: row.donation && viewDonation(row.donation),
});

type Payload = Pick<ExportedAction, 'payload' | 'nonce' | 'publicKeyId' | 'signKeyId'>;

/** In clear it is the JSON text itself; sealed, base64url of ciphertext and nonce with the two keys. */
export const viewPayload = ({ payload, nonce, publicKeyId, signKeyId }: Payload, keyOf: ActionSurroundings['keyOf']) =>
  nonce === null
    ? { payload: payload.toString('utf8'), nonce: null, publicKey: null, signKey: null }
    : {
        payload: payload.toString('base64url'),
        nonce: nonce.toString('base64url'),
        publicKey: keyOf(publicKeyId),
        signKey: keyOf(signKeyId),
      };

export const viewDonation = (donation: ExportedDonation) => ({
  schema: donation.schema === null ? null : donationSchemaFromCode(donation.schema).toUpperCase(),
  amount: donation.amount,
  currency: donation.currency,
  payload: donation.payload,
  frequencyUnit: donationFrequencyFromCode(donation.frequencyUnit).toUpperCase(),
});

/** The deprecated list: one entry per value, lists expanded, values as text. */
export const viewFields = (fields: Record<string, unknown>): { key: string; value: string }[] =>
  Object.entries(fields).flatMap(([key, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) => ({ key, value: String(one) })),
  );
