import { z } from 'zod';
import { actionPageV2, campaignV2 } from './action-message.v2';

const id = z.number().int();
/** ISO 8601 UTC with `Z` and microseconds. */
const microseconds = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/);

export const systemEventType = z.enum(['join_campaign', 'new_org', 'new_user']);

/** What a user did, in the shape of an action (processing.md §6.4): `join_campaign` to the lead, the others to the
 *  instance org. Frozen wire format: only optional keys may be added. */
export const systemEventV2 = z.looseObject({
  schema: z.literal('proca:action:2'),
  stage: z.literal('system'),
  eventType: systemEventType,
  actionId: z.null(),
  actionPageId: id.nullable(),
  campaignId: id.nullable(),
  orgId: id.nullable(),
  action: z.object({
    actionType: systemEventType,
    customFields: z.strictObject({}),
    createdAt: microseconds,
    testing: z.literal(false),
  }),
  actionPage: actionPageV2.nullable(),
  campaign: campaignV2.nullable(),
  org: z.object({ name: z.string(), title: z.string() }).nullable(),
  contact: z.object({
    firstName: z.string(),
    email: z.string(),
    contactRef: z.null(),
    dupeRank: z.literal(0),
    area: z.null(),
  }),
  personalInfo: z.null(),
  privacy: z.strictObject({}),
  tracking: z.strictObject({}),
});

/** Routing suffix after the org's name in exchange `event`. */
export const systemEventSuffix = (eventType: SystemEventType): string => `system.${eventType}`;

export type SystemEventType = z.infer<typeof systemEventType>;
export type SystemEventV2 = z.infer<typeof systemEventV2>;
