import { z } from 'zod';
import { actionMessageV2, actionPageV2, campaignV2, donationV2 } from './action-message.v2';

/** The older shape, for orgs whose action_schema_version is 1 (processing.md §6.2). Frozen. */
export const actionMessageV1 = actionMessageV2.omit({ personalInfo: true }).extend({
  schema: z.literal('proca:action:1'),
  action: z.looseObject({
    actionType: z.string(),
    fields: z.record(z.string(), z.unknown()),
    createdAt: z.string(),
    testing: z.boolean(),
    repeat: z.boolean().optional(),
    donation: donationV2.optional(),
  }),
  actionPage: actionPageV2.omit({ supporterConfirmTemplate: true }),
  campaign: campaignV2.omit({ contactSchema: true }),
  /** Payload: base64url ciphertext, or the JSON text, or "" without a record. */
  contact: z.looseObject({
    ref: z.string(),
    firstName: z.string().nullable(),
    email: z.string().nullable(),
    payload: z.string(),
    nonce: z.string().optional(),
    publicKey: z.string().optional(),
    signKey: z.string().optional(),
    area: z.string().nullable().optional(),
  }),
  privacy: z.object({ communication: z.boolean().nullable(), givenAt: z.string() }).nullable(),
});

export type ActionMessageV1 = z.infer<typeof actionMessageV1>;
