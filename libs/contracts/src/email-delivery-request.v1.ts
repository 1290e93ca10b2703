import { z } from 'zod';

const time = z.iso.datetime();
/** Of a row of schema `mail`, in digits. */
const rowId = z.string().regex(/^[1-9][0-9]{0,17}$/);

const request = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ schema: z.literal('groundswell:request:1'), kind: z.literal(kind), id: z.uuid(), ...fields });

/** `orgId` is the org whose mail, mailing or account it must be; null: of any. */
const orgId = z.number().int().nullable();

/** What is asked of email-delivery, to be answered. Every one may come twice: the second finds it done. */
export const emailDeliveryRequestV1 = z.discriminatedUnion('kind', [
  request('mail_loops', {}),
  request('schedule_mail_events', { begin: time, end: time }),
  request('cancel_scheduled_mail_events', {}),
  request('resend_mail', { orgId, deliveryId: rowId }),
  request('drop_mail', { orgId, deliveryId: rowId }),
  /** The address stays inside the request: nothing keeps it. */
  request('find_suppression', { serviceId: z.number().int(), address: z.string().min(1).max(320) }),
  request('remove_suppression', { serviceId: z.number().int(), address: z.string().min(1).max(320) }),
  request('retry_mailing', { orgId, mailingId: rowId }),
  request('stop_mailing', { orgId, mailingId: rowId }),
  request('list_templates', { serviceIds: z.array(z.number().int()).max(1_000) }),
]);

/** One event loop (email-events.md §4). All keys are always there. */
const mailLoopV1 = z.object({
  running: z.boolean(),
  jobName: z.string(),
  lastStarted: time.nullable(),
  lastBegin: time.nullable(),
  lastEventTimestamp: time.nullable(),
  lastFinished: time.nullable(),
  lastError: z.string().nullable(),
  eventsLastRun: z.number().int(),
  lagSeconds: z.number(),
  canceled: z.boolean(),
});

const mailLoopsV1 = z.object({
  latest: mailLoopV1,
  latestOpened: mailLoopV1,
  missing: mailLoopV1,
  scheduled: mailLoopV1.extend({ schedule: z.object({ begin: time, end: time }).nullable() }),
});

/** Of all domains together, and of each. */
export const mailLoopsAnswerV1 = mailLoopsV1.extend({
  domains: z.array(mailLoopsV1.extend({ domain: z.string(), serviceIds: z.array(z.number().int()) })),
  /** Services whose provider tells nothing of its mails. */
  withoutEvents: z.array(z.object({ serviceId: z.number().int(), orgId: z.number().int(), name: z.string() })),
});

/** `unchanged`: it was so before. */
export const changeAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });

export const suppressionAnswerV1 = z.object({
  suppressed: z.boolean(),
  reason: z.enum(['bounce', 'spam', 'unsub']).nullable(),
  at: time.nullable(),
});

/** `provider`: what became of the entry in the provider's own lists. */
export const suppressionRemovedV1 = z.object({
  outcome: z.enum(['changed', 'unchanged']),
  provider: z.enum(['removed', 'has_none', 'not_asked']),
});

/** As the provider has them now, `isCurrent`, else as it had them when it last answered; null: it never did. */
export const templatesAnswerV1 = z.object({
  services: z.array(
    z.object({ serviceId: z.number().int(), names: z.array(z.string()).nullable(), isCurrent: z.boolean() }),
  ),
});

/** Codes of refusals. */
export const emailDeliveryRefusals = {
  notFound: 'mail.not_found',
  /** Only a mail of which nobody knows whether it went can be resent or dropped. */
  notUnknown: 'mail.not_unknown',
  /** The person was erased: what was unknown stays so. */
  nothingToSend: 'mail.nothing_to_send',
  /** A recipient of a mailing: the mailing is retried as a whole. */
  ofMailing: 'mail.of_mailing',
  /** The mailing is not in a state for it. */
  mailingRefused: 'mail.mailing_refused',
  loopRunning: 'mail.loop_running',
  windowInvalid: 'mail.window_invalid',
  noEventSource: 'mail.no_event_source',
  /** The provider said no, or nothing. */
  providerRefused: 'mail.provider_refused',
  /** A fault of the service itself. */
  failed: 'mail.failed',
} as const;

export type EmailDeliveryRequestV1 = z.infer<typeof emailDeliveryRequestV1>;
export type MailLoopsAnswerV1 = z.infer<typeof mailLoopsAnswerV1>;
export type ChangeAnswerV1 = z.infer<typeof changeAnswerV1>;
export type SuppressionAnswerV1 = z.infer<typeof suppressionAnswerV1>;
export type SuppressionRemovedV1 = z.infer<typeof suppressionRemovedV1>;
export type TemplatesAnswerV1 = z.infer<typeof templatesAnswerV1>;
