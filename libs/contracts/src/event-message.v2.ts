import { z } from 'zod';
import { actionPageV2, campaignV2, contactV2, personalInfoV2, privacyV2, trackingV2 } from './action-message.v2';
import { confirmCreatedEventV2 } from './confirm-created-event.v2';

const id = z.number().int();

const common = {
  schema: z.literal('proca:event:2'),
  /** updated_at of the record the event is about. */
  timestamp: z.string(),
  orgId: id,
};

/** Sent to every org with a contact record of the supporter when its email status really changed (processing.md §6.3). */
export const emailStatusEventV2 = z.object({
  ...common,
  eventType: z.literal('email_status'),
  supporter: z.object({ contact: contactV2, privacy: privacyV2, personalInfo: personalInfoV2.nullable() }),
  actionId: id,
  action: z.object({
    actionType: z.string(),
    customFields: z.record(z.string(), z.unknown()),
    createdAt: z.string(),
    testing: z.boolean(),
  }),
  actionPageId: id,
  actionPage: actionPageV2,
  campaignId: id,
  campaign: campaignV2,
  tracking: trackingV2.nullable(),
});

/** Sent to the lead when a campaign is updated or upserted, not on plain creation. */
export const campaignUpdatedEventV2 = z.object({
  ...common,
  eventType: z.literal('campaign_updated'),
  campaignId: id,
  campaign: z.object({
    id,
    name: z.string(),
    title: z.string(),
    externalId: z.number().int().nullable(),
    contactSchema: z.string(),
    config: z.record(z.string(), z.unknown()),
    org: z.object({ name: z.string(), title: z.string() }),
  }),
});

export const eventMessageV2 = z.discriminatedUnion('eventType', [
  emailStatusEventV2,
  campaignUpdatedEventV2,
  confirmCreatedEventV2,
]);

/** Routing suffixes after the org's name in exchange `event`. */
export const eventSuffixes = {
  emailStatus: 'supporter.email_status',
  campaignUpdated: 'system.campaign_updated',
} as const;

export type EmailStatusEventV2 = z.infer<typeof emailStatusEventV2>;
export type CampaignUpdatedEventV2 = z.infer<typeof campaignUpdatedEventV2>;
