import { z } from 'zod';

const common = {
  schema: z.literal('groundswell:request:1'),
  id: z.uuid(),
  orgId: z.number().int(),
};
const rowId = z.number().int().positive();

/** Somebody of the org, or a volunteer by address; `ref` is the contactRef of that address. */
export const followUpAssigneeV1 = z.union([
  z.object({ userId: rowId }),
  z.object({ email: z.string().min(3).max(254), ref: z.string().min(1).max(255) }),
]);

/** Items made at once, so assigned at once too. */
export const mostAssignees = 100;

/** One item per assignee, siblings of each other; one for nobody where none is given. About an action, or a supporter. */
export const createFollowUpsRequestV1 = z.object({
  ...common,
  kind: z.literal('create_follow_ups'),
  itemKind: z.enum(['call', 'reminder']),
  actionId: rowId.nullable(),
  supporterId: rowId.nullable(),
  dueAt: z.iso.datetime().nullable(),
  completeAll: z.boolean(),
  assignees: z.array(followUpAssigneeV1).max(mostAssignees),
});
export const assignFollowUpRequestV1 = z.object({
  ...common,
  kind: z.literal('assign_follow_up'),
  itemId: rowId,
  assignee: followUpAssigneeV1.nullable(),
});
export const closeFollowUpRequestV1 = z.object({
  ...common,
  kind: z.literal('close_follow_up'),
  itemId: rowId,
  state: z.enum(['done', 'canceled']),
});

export const createFollowUpsAnswerV1 = z.object({ itemIds: z.array(z.number().int()) });
export const followUpChangeAnswerV1 = z.object({ outcome: z.enum(['changed', 'noop']) });

/** Codes of its no. */
export const followUpRefusals = { noSubject: 'follow_up.no_subject' } as const;

export type FollowUpAssigneeV1 = z.infer<typeof followUpAssigneeV1>;
export type CreateFollowUpsRequestV1 = z.infer<typeof createFollowUpsRequestV1>;
export type AssignFollowUpRequestV1 = z.infer<typeof assignFollowUpRequestV1>;
export type CloseFollowUpRequestV1 = z.infer<typeof closeFollowUpRequestV1>;
export type FollowUpChangeAnswerV1 = z.infer<typeof followUpChangeAnswerV1>;
