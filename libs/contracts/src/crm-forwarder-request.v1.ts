import { z } from 'zod';

const time = z.iso.datetime();
/** Of forwarder.pushes, in digits. */
const pushId = z.string().regex(/^[1-9][0-9]{0,17}$/);

const request = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ schema: z.literal('groundswell:request:1'), kind: z.literal(kind), id: z.uuid(), ...fields });

/** The org whose push or endpoint it must be; null: of any. */
const orgId = z.number().int().nullable();

/** What is asked of crm-forwarder, to be answered. Every one may come twice: the second finds it done. */
export const crmForwarderRequestV1 = z.discriminatedUnion('kind', [
  /** A disabled endpoint is called again. */
  request('enable_endpoint', { orgId, serviceId: z.number().int() }),
  request('replay_push', { orgId, pushId }),
  /** All that failed of one org, of those taken over in [from, to). */
  request('replay_failed', { orgId: z.number().int(), from: time.optional(), to: time.optional() }),
  request('drop_push', { orgId, pushId }),
]);

/** Answer to all but replay_failed. `unchanged`: it was so before. */
export const pushChangeAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });

export const replayFailedAnswerV1 = z.object({ count: z.number().int() });

/** Codes of refusals. */
export const crmForwarderRefusals = {
  notFound: 'push.not_found',
  /** A fault of the service itself. */
  failed: 'push.failed',
} as const;

export type CrmForwarderRequestV1 = z.infer<typeof crmForwarderRequestV1>;
export type PushChangeAnswerV1 = z.infer<typeof pushChangeAnswerV1>;
export type ReplayFailedAnswerV1 = z.infer<typeof replayFailedAnswerV1>;
