import { z } from 'zod';
import { partitionCount } from './names';
import { customFieldValue } from './submission.v1';

const common = {
  schema: z.literal('groundswell:command:1'),
  /** Known ids are skipped, so a command may be published again after an unknown outcome. */
  id: z.uuid(),
  at: z.iso.datetime(),
};

/** A click on a confirm or opt-in link (processing.md §5.6, §5.9). Routed to the partition of `ref`. */
export const supporterDecisionV1 = z.object({
  ...common,
  kind: z.literal('supporter_decision'),
  actionId: z.number().int(),
  /** Fingerprint of the supporter, base64url without padding. */
  ref: z.string(),
  /** Null: only the double opt-in. */
  decision: z.enum(['accept', 'reject']).nullable(),
  doubleOptIn: z.boolean(),
});

/** A moderator's decision on an action that waits in `confirming` (processing.md §5.6). */
export const actionDecisionV1 = z.object({
  ...common,
  kind: z.literal('action_decision'),
  actionId: z.number().int(),
  ref: z.string(),
  decision: z.enum(['accept', 'reject']),
});

/** Actions stored unlinked in another partition that belong to this supporter (processing.md §1.3, §5.5). */
export const linkActionsV1 = z.object({
  ...common,
  kind: z.literal('link_actions'),
  supporterId: z.number().int(),
  ref: z.string(),
  actionIds: z.array(z.number().int()),
});

export type SupporterDecisionV1 = z.infer<typeof supporterDecisionV1>;
export type ActionDecisionV1 = z.infer<typeof actionDecisionV1>;
export type LinkActionsV1 = z.infer<typeof linkActionsV1>;

/**
 * Sent through one partition by a removal pass (design.md §3): once it is stored, what was published before it in that
 * partition is stored too, or has come back and lies before the command of the next pass.
 */
export const passMarkV1 = z.object({
  ...common,
  kind: z.literal('pass_mark'),
  passId: z.number().int(),
  partition: z
    .number()
    .int()
    .min(0)
    .max(partitionCount - 1),
});
export type PassMarkV1 = z.infer<typeof passMarkV1>;

/**
 * What an org holds of this person is to go from schema actions (processing.md §3.2). The tombstone in catalog.erasures
 * was committed before. `id` names the receipt that is written with it. Routed to the partition of `ref`.
 */
export const eraseContactV1 = z.object({
  ...common,
  kind: z.literal('erase_contact'),
  orgId: z.number().int(),
  ref: z.string(),
  /** Of the tombstone: what was accepted before it goes. */
  erasedAt: z.iso.datetime(),
});
export type EraseContactV1 = z.infer<typeof eraseContactV1>;

/**
 * A person gets another reference, made by the present recipe (background-jobs.md §4.9): all of theirs moves from `ref`, which routes it, to
 * `newRef`. Needs no id to be safe when it comes twice: a reference without anybody is not moved.
 */
export const rereferenceV1 = z.object({
  ...common,
  kind: z.literal('rereference'),
  ref: z.string().min(1).max(255),
  newRef: z.string().min(1).max(255),
  /** Id of the recipe that made `newRef`. */
  recipe: z.string().min(1).max(22),
});
export type RereferenceV1 = z.infer<typeof rereferenceV1>;

/**
 * What a mail provider says for good of the mail about an action (email-and-mtt.md §4). `ref` is the supporter's, and routes it.
 * `id` names the provider event, so the same event told twice is one command.
 */
export const emailEventV1 = z.object({
  ...common,
  kind: z.literal('email_event'),
  actionId: z.number().int(),
  ref: z.string(),
  event: z.enum(['bounce', 'blocked', 'spam', 'unsub']),
});
export type EmailEventV1 = z.infer<typeof emailEventV1>;

/**
 * Asks somebody who has not confirmed yet once more (email-and-mtt.md §3.3). `ref` is the supporter's, and routes it. Whoever has
 * confirmed or cannot be mailed by then is not asked.
 */
export const remindSupporterV1 = z.object({
  ...common,
  kind: z.literal('remind_supporter'),
  actionId: z.number().int(),
  ref: z.string(),
  /** From 1. */
  reminder: z.number().int().min(1),
});
export type RemindSupporterV1 = z.infer<typeof remindSupporterV1>;

/**
 * What the collector's own service knows of a supporter whose action waits for it (processing.md §8.2). `ref` is the supporter's, and
 * routes it. The action goes on with it, also without details: `nothing` was known, or it was `given_up`.
 */
export const detailResultV1 = z.object({
  ...common,
  kind: z.literal('detail_result'),
  actionId: z.number().int(),
  ref: z.string(),
  /** Collector: whose service it is. */
  orgId: z.number().int(),
  outcome: z.enum(['found', 'nothing', 'given_up']),
  /** Null unless found. */
  details: z
    .object({
      /** When the supporter opted in to be contacted by the collector; null: nothing is said of it. */
      optedInAt: z.iso.datetime().nullable(),
      emailStatus: z
        .object({ status: z.enum(['double_opt_in', 'bounce', 'blocked', 'spam', 'unsub']), at: z.iso.datetime() })
        .nullable(),
      /** Merged over those of the action. */
      customFields: z.record(z.string(), customFieldValue),
    })
    .nullable(),
});
export type DetailResultV1 = z.infer<typeof detailResultV1>;
