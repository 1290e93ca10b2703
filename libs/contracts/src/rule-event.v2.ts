import { z } from 'zod';

const id = z.number().int();

/** A rule of an org fired (docs/rules.md): for its webhook. Ids, statuses and figures, no personal data. Frozen wire format:
 *  only optional keys may be added. */
export const ruleEventV2 = z.object({
  schema: z.literal('proca:event:2'),
  eventType: z.literal('rule_fired'),
  timestamp: z.string(),
  orgId: id,
  campaignId: id.nullable(),
  rule: z.object({ id, name: z.string(), trigger: z.string() }),
  /** What it fired for: the same text is the same thing. */
  subject: z.string(),
  /** The trigger's fields, by name. */
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Routing suffix after the org's name in exchange `event`. */
export const ruleEventSuffix = 'system.rule_fired';

export type RuleEventV2 = z.infer<typeof ruleEventV2>;
