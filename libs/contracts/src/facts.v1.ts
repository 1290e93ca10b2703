import { z } from 'zod';

const actionStatus = z.enum(['new', 'confirming', 'rejected', 'accepted', 'delivered', 'repeat']);
const supporterStatus = z.enum(['new', 'confirming', 'rejected', 'accepted']);
const statuses = z.object({ action: actionStatus, supporter: supporterStatus.nullable() });

/** One state change of one action. No personal data: ids, type, area and statuses only (processing.md §6.6). */
export const actionFactV1 = z.object({
  name: z.enum(['action.added', 'action.changed']),
  actionId: z.number().int(),
  supporterId: z.number().int().nullable(),
  campaignId: z.number().int(),
  actionPageId: z.number().int(),
  orgId: z.number().int(),
  actionType: z.string(),
  testing: z.boolean(),
  withConsent: z.boolean(),
  area: z.string().nullable(),
  before: statuses.nullable(),
  after: statuses,
  /** Duplicate rank of the supporter, null while not ranked. */
  rank: z.number().int().nullable(),
  at: z.iso.datetime(),
});

/** All state changes of one batch of one partition, in the order they were made. */
export const actionFactsV1 = z.object({
  schema: z.literal('groundswell:facts:1'),
  partition: z.number().int(),
  facts: z.array(actionFactV1),
});

const count = z.number().int();

/** What one campaign's counters change by (processing.md §9.1). Keys are ids or names; zero entries are left out. */
export const campaignDeltaV1 = z.object({
  campaignId: z.number().int(),
  byOrg: z.record(z.string(), count),
  byArea: z.record(z.string(), count),
  byPage: z.record(z.string(), count),
  actionCount: z.record(z.string(), count),
  pageActionCount: z.record(z.string(), z.record(z.string(), count)),
});

/** What a batch stored on one page: any action, testing, shared and unconfirmed ones too. */
export const pageActivityV1 = z.object({
  campaignId: z.number().int(),
  lastActionAt: z.iso.datetime(),
  /** Of the last one that says where; never empty. */
  location: z.string().optional(),
});

/** One delta per batch and partition; `number` is gapless per partition, so a gap or a step back is seen. */
export const counterDeltaV1 = z.object({
  schema: z.literal('groundswell:counters:1'),
  partition: z.number().int(),
  number: z.number().int(),
  campaigns: z.array(campaignDeltaV1),
  /** By id of the page. */
  pages: z.record(z.string(), pageActivityV1).optional(),
});

export type ActionFactV1 = z.infer<typeof actionFactV1>;
export type ActionFactsV1 = z.infer<typeof actionFactsV1>;
export type CampaignDeltaV1 = z.infer<typeof campaignDeltaV1>;
export type PageActivityV1 = z.infer<typeof pageActivityV1>;
export type CounterDeltaV1 = z.infer<typeof counterDeltaV1>;
