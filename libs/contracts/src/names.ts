/** Exchanges, queues and routing keys of the fleet (processing.md §7.1, §7.4; design.md §4). Written here once. */

/** Exchanges every service may rely on. `ingest` and `event` are ours; the rest are the seed's. */
export const exchanges = {
  ingest: 'ingest',
  confirm: 'confirm',
  deliver: 'deliver',
  event: 'event',
  reply: 'reply',
  fail: 'system.fail',
  retry: 'system.retry',
  dead: 'system.dead',
} as const;

export type ExchangeName = (typeof exchanges)[keyof typeof exchanges];

/** Number of ingest partitions. A constant: changing it would move supporters between partitions. */
export const partitionCount = 16;

/** Queues read by our own services. */
export const systemQueues = {
  emailConfirm: 'system.email.confirm',
  emailThankYou: 'system.email.thankyou',
  emailRequest: 'system.email.request',
  emailEvents: 'system.email.events',
  emailMailings: 'system.email.mailings',
  sqs: 'system.sqs',
  events: 'system.events',
  retry: 'system.retry',
  dead: 'system.dead',
  /** Written to by topology-service's probe only. */
  probe: 'system.probe',
} as const;

/** Queue of one ingest partition, 0 to 15. */
export const ingestQueue = (partition: number): string => `system.ingest.${partition}`;
/** Routing key of one ingest partition. */
export const ingestKey = (partition: number): string => String(partition);
/** Queue in which a service of ours reads facts. */
export const factQueue = (service: string): string => `system.event.${service}`;

/** Queue in which a service of ours takes requests that it answers, and its routing key in exchange `ingest`. */
export const requestQueue = (service: string): string => `system.request.${service}`;
export const requestKey = (service: string): string => `request.${service}`;

/** Queue in which a service takes what an operator has done to its jobs and parked messages, and its routing key in `ingest`. */
export const operationQueue = (service: string): string => `system.operation.${service}`;
export const operationKey = (service: string): string => `operation.${service}`;

/** Queues of one org. Always built from the stored spelling of its name: keys are case-sensitive. */
export const crmQueue = (org: string): string => `${org}.crm`;
export const confirmQueue = (org: string): string => `${org}.confirm`;
export const moderateQueue = (org: string): string => `${org}.moderate`;
export const webhookQueue = (org: string): string => `${org}.webhook`;

/** What one of an org's own queues is for, whatever it is called (processing.md §7.1, §7.3). */
export type OrgQueuePurpose = 'crm' | 'confirm' | 'moderate' | 'webhook';

const purposes = new Map<string, OrgQueuePurpose>([
  ['crm', 'crm'],
  ['confirm', 'confirm'],
  ['moderate', 'moderate'],
  ['webhook', 'webhook'],
]);
const purposesOfAlias = new Map<string, OrgQueuePurpose>([
  ['deliver', 'crm'],
  ['confirm.supporter', 'confirm'],
  ['confirm.action', 'moderate'],
]);

/** Purpose of a native or alias queue name; null for a name that is no org's queue. Org names hold no dots. */
export function orgQueuePurpose(queue: string): OrgQueuePurpose | null {
  const alias = /^cus\.\d+\.(.+)$/.exec(queue);
  if (alias) return purposesOfAlias.get(alias[1] ?? '') ?? null;
  const native = /^[^.]+\.([^.]+)$/.exec(queue);
  return purposes.get(native?.[1] ?? '') ?? null;
}

/** Alias names of the custom queues (processing.md §7.3), off unless an org or the operator asks for them. */
export const aliasQueues = {
  deliver: (orgId: number): string => `cus.${orgId}.deliver`,
  confirmSupporter: (orgId: number): string => `cus.${orgId}.confirm.supporter`,
  confirmAction: (orgId: number): string => `cus.${orgId}.confirm.action`,
} as const;

/** Whether a worker of ours also reads a copy (`system`) or only the org's own software (`custom`). */
export type RoutingWord = 'system' | 'custom';

/** Key in exchange `deliver`: the org is the recipient of the copy. */
export const deliverKey = (org: string, word: RoutingWord): string => `${org}.${word}.action`;
/** Key in exchange `confirm` for the supporter stage: the org is the collector. */
export const supporterConfirmKey = (org: string, word: RoutingWord): string => `${org}.${word}.supporter`;
/** Key in exchange `confirm` for the action stage: always read by the org's own moderators. */
export const actionConfirmKey = (org: string): string => `${org}.custom.action`;
/** Key in exchange `event` of an event for one org; suffix as in processing.md §6.3, §6.4. */
export const orgEventKey = (org: string, suffix: string): string => `${org}.${suffix}`;

/** Keys in exchange `event` read by our own services only: `system` is a reserved org name. */
export const factKeys = {
  actions: 'system.fact.action',
  counters: 'system.fact.counters',
  actionEnriched: 'system.fact.action.enriched',
  allActions: 'system.fact.action.#',
  confirmCreated: 'system.fact.confirm.created',
  allConfirms: 'system.fact.confirm.#',
  mailOutcome: 'system.fact.mail.outcome',
  supporterMail: 'system.fact.mail.supporter',
  endpointDisabled: 'system.fact.push.disabled',
  queueAlert: 'system.fact.queue.alert',
  followUpsClosed: 'system.fact.followup.closed',
  allFollowUps: 'system.fact.followup.#',
  referencesMoved: 'system.fact.reference.moved',
  all: 'system.fact.#',
} as const;
/** Key in exchange `deliver` of a mail asked of email-delivery; `system` is a reserved org name. */
export const mailRequestKey = (kind: string): string => `system.mail.${kind}`;
/** Key in exchange `deliver` of a message about a mailing; the last word is what it tells. */
export const mailingKey = (step: 'content' | 'recipients' | 'prepared'): string => `system.mailing.${step}`;
/** Key in exchange `event` of what a provider's webhook told the gateway (email-and-mtt.md §4). */
export const mailWebhookKey = 'system.mail.webhook';
/** Key in exchange `event` of what a target answered, from the gateway to mtt-service. */
export const mttReplyKey = 'system.mtt.reply';
export const catalogueChangedKey = 'system.catalogue.changed';
export const topologyChangedKey = 'system.topology.changed';
export const allCatalogueKeys = 'system.catalogue.#';
export const allTopologyKeys = 'system.topology.#';

/** Own exclusive queue of one replica of a service for events (cache invalidation, subscriptions). */
export const eventTapQueue = (service: string, replica: string): string => `event.${service}.${replica}`;
/** Own exclusive queue of one replica of a service for answers to its requests. */
export const replyQueue = (service: string, replica: string): string => `reply.${service}.${replica}`;

/** Stable message ids (processing.md §7.5). A requeue by a person is a new purpose, `:r<number>`. */
export const stageMessageId = (actionId: number, stage: string, recipientOrgId: number): string =>
  `action:${actionId}:${stage}:${recipientOrgId}`;
export const requeuedMessageId = (messageId: string, requeue: number): string => `${messageId}:r${requeue}`;
/** The confirm stage once more, as reminder number `:n<number>`. */
export const reminderMessageId = (messageId: string, reminder: number): string => `${messageId}:n${reminder}`;
/** Number of the reminder a stage message is; null for others. */
export function reminderOfMessage(messageId: string): number | null {
  const match = /^action:[0-9]+:supporter_confirm:[0-9]+:n([0-9]+)$/.exec(messageId);
  return match ? Number(match[1]) : null;
}
/** SQL expression of such an id; `actionId` and `recipientOrgId` are expressions too. */
export const stageMessageIdSql = (actionId: string, stage: string, recipientOrgId: string): string =>
  `'action:' || ${actionId} || ':${stage}:' || ${recipientOrgId}`;
/** Regular expression (also for Postgres) of the ids of one stage for one org; group 1 is the requeue's number, if any. */
export const stageMessageIdPattern = (stage: string, recipientOrgId: number): string =>
  `^action:[0-9]+:${stage}:${recipientOrgId}(?::r([0-9]+))?$`;
/** The action a stage message is about; null for other ids. */
export function actionIdOfStageMessage(messageId: string): number | null {
  const match = /^action:([0-9]+):/.exec(messageId);
  return match ? Number(match[1]) : null;
}
export const eventMessageId = (outboxId: string | number): string => `event:${outboxId}`;
