import { z } from 'zod';

const id = z.number().int();
/** ISO 8601 UTC with `Z`, whole seconds. */
const seconds = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);

export const stageV2 = z.enum(['supporter_confirm', 'action_confirm', 'deliver']);

export const keyV2 = z.object({ id, public: z.string() });

/** Box-encrypted payload, all base64url without padding; the reader finds its private key by `encryptKey.public`. */
export const personalInfoV2 = z.object({
  payload: z.string(),
  nonce: z.string(),
  encryptKey: keyV2,
  signKey: keyV2,
});

/** Plus, for a plaintext record, all payload keys of the contact schema (processing.md §2). */
export const contactV2 = z.looseObject({
  firstName: z.string().nullable(),
  email: z.string().nullable(),
  contactRef: z.string(),
  dupeRank: z.number().int().nullable(),
  area: z.string().nullable(),
});

export const privacyV2 = z.object({
  optIn: z.boolean().nullable().optional(),
  givenAt: seconds.optional(),
  emailStatus: z.string().nullable(),
  emailStatusChanged: seconds.nullable(),
  withConsent: z.boolean(),
});

export const trackingV2 = z.object({
  source: z.string(),
  medium: z.string(),
  campaign: z.string(),
  content: z.string(),
  location: z.string(),
});

export const donationV2 = z.object({
  payload: z.record(z.string(), z.unknown()),
  amount: z.number().int(),
  currency: z.string(),
  frequencyUnit: z.string(),
  schema: z.string().optional(),
});

export const actionPageV2 = z.object({
  locale: z.string(),
  name: z.string(),
  thankYouTemplate: z.string().nullable(),
  thankYouTemplateRef: z.string().nullable(),
  supporterConfirmTemplate: z.string().nullable(),
});

export const campaignV2 = z.object({
  name: z.string(),
  title: z.string(),
  externalId: z.number().int().nullable(),
  contactSchema: z.string(),
});

/** One action as queue readers outside this repo see it (processing.md §6.1). Frozen wire format: only optional keys may be added. */
export const actionMessageV2 = z.looseObject({
  schema: z.literal('proca:action:2'),
  stage: stageV2,
  actionId: id,
  actionPageId: id,
  campaignId: id,
  /** The collector, also in the lead's copy. */
  orgId: id,
  action: z.looseObject({
    actionType: z.string(),
    customFields: z.record(z.string(), z.unknown()),
    createdAt: seconds,
    testing: z.boolean(),
    repeat: z.boolean().optional(),
    donation: donationV2.optional(),
  }),
  actionPage: actionPageV2,
  campaign: campaignV2,
  org: z.object({ name: z.string(), title: z.string() }),
  contact: contactV2,
  personalInfo: personalInfoV2.nullable(),
  privacy: privacyV2,
  tracking: trackingV2.nullable(),
  confirm: z.object({ code: z.string(), acceptLink: z.string(), rejectLink: z.string() }).optional(),
});

export type ActionMessageV2 = z.infer<typeof actionMessageV2>;
