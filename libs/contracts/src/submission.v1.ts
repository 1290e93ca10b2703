import { z } from 'zod';

/** Tracking source as stored: already cut, cleaned and defaulted (processing.md §1.2). */
export const sourceV1 = z.object({
  source: z.string().max(255),
  medium: z.string().max(255),
  campaign: z.string().max(255),
  content: z.string().max(255),
  location: z.string().max(255),
});

/** Value of one custom field (processing.md §1.2). */
export const customFieldValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.string()),
  z.array(z.number()),
]);

/** Content of a mail to targets, checked by the gateway: subject ≤ 1280, body ≤ 10240 characters. */
export const mttV1 = z.object({
  subject: z.string(),
  body: z.string(),
  targetIds: z.array(z.guid()),
  files: z.array(z.string()),
});

export const donationV1 = z.object({
  schema: z.number().int().nullable(),
  amount: z.number().int().positive(),
  currency: z.string().length(3),
  frequencyUnit: z.number().int(),
  payload: z.record(z.string(), z.unknown()),
});

/** A file sent before the action, as its signed key said. `objectId` names it in the object store. */
export const submittedAttachmentV1 = z.object({
  objectId: z.uuid(),
  name: z.string().max(255),
  type: z.string().max(100),
  size: z.number().int().positive(),
});

/** The action part of a submission; field order and limits as processing.md §1.2. */
export const submittedActionV1 = z.object({
  actionType: z.string().min(1),
  fields: z.record(z.string(), customFieldValue),
  testing: z.boolean(),
  donation: donationV1.nullable(),
  mtt: mttV1.nullable(),
  /** The follow-up item it answers, as its signed token said; absent in most. */
  followUpId: z.number().int().optional(),
  attachments: z.array(submittedAttachmentV1).optional(),
});

/** One org's copy of the contact: base64url of ciphertext and nonce when keys are set, else the payload's JSON text. */
export const contactRecordV1 = z.object({
  orgId: z.number().int(),
  payload: z.string(),
  nonce: z.string().nullable(),
  encryptKeyId: z.number().int().nullable(),
  signKeyId: z.number().int().nullable(),
  communicationConsent: z.boolean().nullable(),
  deliveryConsent: z.boolean(),
});

const common = {
  schema: z.literal('groundswell:submission:1'),
  /** UUIDv7, or a hash of page, field path, contactRef and Idempotency-Key. */
  id: z.uuid(),
  /** When the gateway accepted it: ISO 8601 UTC, milliseconds. Becomes inserted_at. */
  acceptedAt: z.iso.datetime(),
  pageId: z.number().int(),
  campaignId: z.number().int(),
  /** Owner of the page (collector). */
  orgId: z.number().int(),
  /** Base64url without padding: the supporter's fingerprint, or the reference given to addAction or linkActions. */
  ref: z.string().min(1).max(255),
};

/** addActionContact: a supporter, its contact records and the action that carries consent. */
export const contactSubmissionV1 = z.object({
  ...common,
  kind: z.literal('contact'),
  /** Reference of earlier actions this contact carries (`contactRef` argument), opaque. */
  carriedRef: z.string().min(1).max(255).nullable(),
  supporter: z.object({
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    email: z.string().nullable(),
    address: z.string().nullable(),
    area: z.string().nullable(),
  }),
  /** Which clear copies go when the action reaches deliver (processing.md §3.2). */
  clearAtDeliver: z.array(z.enum(['email', 'firstName', 'lastName', 'address'])),
  contacts: z.array(contactRecordV1),
  source: sourceV1.nullable(),
  action: submittedActionV1,
  /** From a file whose people are not to be mailed. */
  noMail: z.boolean().optional(),
  /** Id of the recipe that made `ref` (docs/references.md); absent from earlier releases. */
  recipe: z.string().min(1).max(22).optional(),
  /** What former recipes make of the same person, newest first, where the deployment has any. */
  formerRefs: z.array(z.string().min(1).max(255)).max(4).optional(),
});

/** addAction: an action of a known or future supporter. */
export const actionSubmissionV1 = z.object({
  ...common,
  kind: z.literal('action'),
  source: sourceV1.nullable(),
  action: submittedActionV1,
});

/** linkActions: actions given under `linkRefs` belong to the supporter known, now or later, by `ref`. */
export const linkSubmissionV1 = z.object({
  ...common,
  kind: z.literal('link'),
  linkRefs: z.array(z.string().min(1).max(255)),
});

export type SourceV1 = z.infer<typeof sourceV1>;
export type MttV1 = z.infer<typeof mttV1>;
export type DonationV1 = z.infer<typeof donationV1>;
export type SubmittedAttachmentV1 = z.infer<typeof submittedAttachmentV1>;
export type SubmittedActionV1 = z.infer<typeof submittedActionV1>;
export type ContactRecordV1 = z.infer<typeof contactRecordV1>;
export type ContactSubmissionV1 = z.infer<typeof contactSubmissionV1>;
export type ActionSubmissionV1 = z.infer<typeof actionSubmissionV1>;
export type LinkSubmissionV1 = z.infer<typeof linkSubmissionV1>;
