import { z } from 'zod';
import { factQueue, operationQueue, orgQueuePurpose, requestQueue, systemQueues } from './names';

/** Services that own parked messages; each answers operations. */
export const operatedServices = [
  'action-ingest',
  'notify-service',
  'email-delivery',
  'stats-service',
  'mtt-service',
  'crm-forwarder',
  'topology-service',
] as const;
export type OperatedService = (typeof operatedServices)[number];

/** Id of a row, in digits. */
const rowId = z.string().regex(/^[1-9][0-9]{0,17}$/);
/** The org whose job it must be; null: of any. */
const orgId = z.number().int().nullable();
const by = z.string().min(1).max(100);
const name = z.string().min(1).max(300);

const request = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ schema: z.literal('groundswell:request:1'), kind: z.literal(kind), id: z.uuid(), ...fields });

/** Most messages named one by one, and most queues. */
export const mostSelected = 1_000;

/**
 * Parked messages of one owner with `after` < id <= `upTo`; of these queues, for this reason, with these ids, where that is
 * said. Of an org: those that name no other in their header `org_id`, since a queue's name may have been another org's before. A
 * message that is parked again has a greater id, so no repeat of a request meets it.
 */
const selection = {
  orgId,
  after: z.string().regex(/^[0-9]{1,18}$/),
  upTo: rowId,
  queues: z.array(name).max(mostSelected).nullable(),
  reason: name.nullable(),
  ids: z.array(rowId).max(mostSelected).nullable(),
};

/**
 * What operators have done to parked messages, jobs and consumers, by the service that owns them. Every one may come twice: the
 * second finds it done. Replaying and dropping take one chunk, from the smallest id on; the next begins after `next`.
 */
export const operationRequestV1 = z.discriminatedUnion('kind', [
  request('parked_replay', selection),
  request('parked_drop', selection),
  request('job_retry', { orgId, jobId: rowId }),
  request('job_cancel', { orgId, jobId: rowId }),
  /** One that does not run. */
  request('job_discard', { orgId, jobId: rowId }),
  request('jobs_pause', { type: name, by }),
  request('jobs_resume', { type: name }),
  /** In all processes of the service, within some seconds, until it is resumed. */
  request('queue_pause', { queue: name, by }),
  request('queue_resume', { queue: name }),
]);

/** Answer to parked_replay and parked_drop. `kept` stay parked; `fault`: why the first of them. Null `next`: none was left. */
export const parkedChunkAnswerV1 = z.object({
  done: z.number().int(),
  kept: z.number().int(),
  fault: z.string().nullable(),
  next: rowId.nullable(),
});

/** Answer to the others. `unchanged`: it was so before, or is in a state that does not allow it. */
export const operationAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });

/** Codes of refusals. */
export const operationRefusals = {
  notFound: 'operation.not_found',
  /** A fault of the service itself. */
  failed: 'operation.failed',
} as const;

const readers = new Map<string, OperatedService>([
  [systemQueues.emailConfirm, 'email-delivery'],
  [systemQueues.emailThankYou, 'email-delivery'],
  [systemQueues.emailRequest, 'email-delivery'],
  [systemQueues.emailEvents, 'email-delivery'],
  [systemQueues.emailMailings, 'email-delivery'],
  [systemQueues.sqs, 'crm-forwarder'],
  [systemQueues.dead, 'crm-forwarder'],
  ...operatedServices.map((service) => [factQueue(service), service] as const),
]);

/**
 * The service of ours that reads a queue; null for queues that orgs read, that nobody reads, or whose reading cannot be paused:
 * requests and operations are how it would be resumed.
 */
export function readerOf(queue: string): OperatedService | null {
  if (/^system\.ingest\.\d+$/.test(queue)) return 'action-ingest';
  if (orgQueuePurpose(queue) === 'webhook') return 'crm-forwarder';
  return readers.get(queue) ?? null;
}

/** Whether a queue only carries what is asked of services. */
export const isRequestQueue = (queue: string): boolean =>
  operatedServices.some((service) => queue === requestQueue(service) || queue === operationQueue(service));

export type OperationRequestV1 = z.infer<typeof operationRequestV1>;
export type ParkedChunkAnswerV1 = z.infer<typeof parkedChunkAnswerV1>;
export type OperationAnswerV1 = z.infer<typeof operationAnswerV1>;
