import { z } from 'zod';

const request = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ schema: z.literal('groundswell:request:1'), kind: z.literal(kind), id: z.uuid(), ...fields });

export const reportKinds = ['actions', 'campaign_summary', 'mtt_delivery', 'usage'] as const;
export const reportFormats = ['csv', 'xlsx'] as const;

/** Of stats.reports, in digits. */
const reportId = z.string().regex(/^[1-9][0-9]{0,17}$/);

/** What is asked of stats-service, to be answered: the same id has the same answer, and takes effect once. */
export const statsServiceRequestV1 = z.discriminatedUnion('kind', [
  request('request_report', {
    orgId: z.number().int(),
    report: z.enum(reportKinds),
    format: z.enum(reportFormats),
    /** Null: every one of the org. */
    campaignId: z.number().int().nullable(),
    /** Of [from, to). */
    from: z.iso.datetime().nullable(),
    to: z.iso.datetime().nullable(),
    language: z.string().min(1),
    timeZone: z.string().min(1),
    /** Who asks, and gets the mail. */
    userId: z.number().int(),
  }),
  request('cancel_report', { orgId: z.number().int(), reportId }),
  /** Checks all counters against a count of all actions, and corrects what is wrong. Nobody waits for its end. */
  request('recount', {}),
]);

export const requestReportAnswerV1 = z.object({ reportId });
export const recountAnswerV1 = z.object({ runId: z.number().int() });
/** `unchanged`: it had ended before. */
export const cancelReportAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });

/** Codes of refusals. */
export const statsServiceRefusals = {
  notFound: 'stats.not_found',
  /** The org has as many reports under way as it may have. */
  tooMany: 'stats.too_many_reports',
  /** There is no object store to put files into. */
  notConfigured: 'stats.not_configured',
} as const;

export type StatsServiceRequestV1 = z.infer<typeof statsServiceRequestV1>;
export type RequestReportV1 = Extract<StatsServiceRequestV1, { kind: 'request_report' }>;
export type CancelReportV1 = Extract<StatsServiceRequestV1, { kind: 'cancel_report' }>;
export type ReportKind = (typeof reportKinds)[number];
export type ReportFormat = (typeof reportFormats)[number];
