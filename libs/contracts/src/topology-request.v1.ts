import { z } from 'zod';

const time = z.iso.datetime();
const orgId = z.number().int();
/** Of topology.crm_credentials, in digits. */
const credentialId = z.string().regex(/^[1-9][0-9]{0,17}$/);

const request = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ schema: z.literal('groundswell:request:1'), kind: z.literal(kind), id: z.uuid(), ...fields });

export const longestCredentialLabel = 100;

/** What is asked of topology-service, to be answered. `by`: id of the user who asks. */
export const topologyRequestV1 = z.discriminatedUnion('kind', [
  request('org_queues', { orgId }),
  /** Null: of all orgs, and our own. */
  request('broker_queues', { orgId: orgId.nullable() }),
  request('create_crm_credential', {
    orgId,
    label: z.string().min(1).max(longestCredentialLabel),
    by: z.number().int(),
  }),
  request('rotate_crm_credential', { orgId, credentialId }),
  request('revoke_crm_credential', { orgId, credentialId }),
]);

/** The one place where the password is said. `isInForce`: false while the broker does not take part; it will be. `address`:
 *  where to log in, without user and password; null: not configured. */
export const crmPasswordAnswerV1 = z.object({
  credentialId,
  username: z.string(),
  password: z.string(),
  isInForce: z.boolean(),
  address: z.string().nullable(),
});

/** `unchanged`: it was revoked before. */
export const crmRevokedAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });

export const queueAlertKinds = ['no_consumer', 'not_moving'] as const;

const figure = z.number().int().nullable();

/** As the broker last reported them; null: not reported yet. */
const orgQueueV1 = z.object({
  name: z.string(),
  purpose: z.enum(['crm', 'confirm', 'moderate', 'webhook']),
  /** False: the broker has none of that name now. */
  exists: z.boolean(),
  ready: figure,
  unacknowledged: figure,
  consumers: figure,
  bytes: figure,
  /** Nothing in it is older than this; null: it was not seen empty yet. */
  emptyAt: time.nullable(),
  alerts: z.array(z.object({ kind: z.enum(queueAlertKinds), since: time })),
});

export const orgQueuesAnswerV1 = z.object({
  /** What is published for the org arrives: its queues are declared, bound and led. */
  state: z.enum(['pending', 'confirmed', 'damaged']),
  /** Nothing is published for it now, since one of its queues holds too much. */
  isFull: z.boolean(),
  queues: z.array(orgQueueV1),
});

/** Queues that are declared by us, as the broker last reported them; null: not reported yet. */
export const brokerQueuesAnswerV1 = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      ready: figure,
      unacknowledged: figure,
      consumers: figure,
      bytes: figure,
      /** Nothing in it is older than this; null: it was not seen empty yet. */
      emptyAt: time.nullable(),
    }),
  ),
});

/** One of an org's queues needs a reader, or does no more. `since`: how long that has been so. */
export const queueAlertV1 = z.object({
  schema: z.literal('groundswell:queue-alert:1'),
  orgId,
  queue: z.string(),
  purpose: z.enum(['crm', 'confirm', 'moderate', 'webhook']),
  kind: z.enum(queueAlertKinds),
  state: z.enum(['raised', 'over']),
  since: time,
});

/** Codes of refusals. */
export const topologyRefusals = {
  notFound: 'crm.not_found',
  /** As many as an org may have. */
  tooMany: 'crm.too_many',
  revoked: 'crm.revoked',
  /** This request was answered before; its password is not said twice. */
  answeredBefore: 'crm.answered_before',
  /** The broker did not take part. A revocation is written down and done once it does. */
  brokerAway: 'crm.broker_away',
  /** A fault of the service itself. */
  failed: 'crm.failed',
} as const;

export type TopologyRequestV1 = z.infer<typeof topologyRequestV1>;
export type CrmPasswordAnswerV1 = z.infer<typeof crmPasswordAnswerV1>;
export type CrmRevokedAnswerV1 = z.infer<typeof crmRevokedAnswerV1>;
export type OrgQueuesAnswerV1 = z.infer<typeof orgQueuesAnswerV1>;
export type BrokerQueuesAnswerV1 = z.infer<typeof brokerQueuesAnswerV1>;
export type QueueAlertKind = (typeof queueAlertKinds)[number];
export type QueueAlertV1 = z.infer<typeof queueAlertV1>;
