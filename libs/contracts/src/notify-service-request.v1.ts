import { z } from 'zod';
import { ruleFieldsV1, ruleTriggers } from './rule.v1';

const request = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ schema: z.literal('groundswell:request:1'), kind: z.literal(kind), id: z.uuid(), ...fields });

/** Whom a mailout is for, of a campaign's supporters; null: all. */
export const mailoutSegmentV1 = z.object({
  actionType: z.string().min(1).max(255).nullable(),
  area: z.string().min(1).max(32).nullable(),
  /** Of the page somebody signed on: `de`, or `de_AT`. */
  language: z.string().min(2).max(35).nullable(),
  /** Who signed then or later. */
  since: z.iso.datetime().nullable(),
});
export type MailoutSegmentV1 = z.infer<typeof mailoutSegmentV1>;

/** Names a mailout within its org. */
const mailout = { orgId: z.number().int(), name: z.string().min(1).max(100) };

/** Of the org's own. */
const rule = { orgId: z.number().int(), ruleId: z.number().int() };

/** What is asked of notify-service, to be answered: the same id has the same answer, and takes effect once. */
export const notifyServiceRequestV1 = z.discriminatedUnion('kind', [
  request('add_mailout', {
    ...mailout,
    campaignId: z.number().int(),
    template: z.string().min(1).max(255),
    segment: mailoutSegmentV1,
  }),
  /** Begins to build a draft, or goes on with a paused one. */
  request('start_mailout', mailout),
  request('pause_mailout', mailout),
  request('stop_mailout', mailout),
  /** Sends it to the newest testing supporters only. */
  request('test_mailout', mailout),
  request('add_rule', { orgId: z.number().int(), trigger: z.enum(ruleTriggers), rule: ruleFieldsV1 }),
  /** What is left out stays as it is. */
  request('update_rule', { ...rule, changes: ruleFieldsV1.partial() }),
  request('delete_rule', rule),
]);

export type NotifyServiceRequestV1 = z.infer<typeof notifyServiceRequestV1>;

/** Answer to all about mailouts but test_mailout. `unchanged`: it was so before. */
export const mailoutChangeAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });
export type MailoutChangeAnswerV1 = z.infer<typeof mailoutChangeAnswerV1>;

export const testMailoutAnswerV1 = z.object({ recipients: z.number().int() });
export type TestMailoutAnswerV1 = z.infer<typeof testMailoutAnswerV1>;

/** Codes of refusals. */
export const mailoutRefusals = {
  notFound: 'mailout.not_found',
  nameTaken: 'mailout.name_taken',
  /** Not from the state it is in. */
  state: 'mailout.state',
  /** The org has no mail account or no sender address. */
  noAccount: 'mailout.no_account',
  tooManyTests: 'mailout.too_many_tests',
} as const;
