import { createHash } from 'node:crypto';
import {
  actionConfirmKey,
  aliasQueues,
  confirmQueue,
  crmQueue,
  exchanges,
  moderateQueue,
  orgEventKey,
  supporterConfirmKey,
  systemQueues,
  webhookQueue,
  type OrgQueuePurpose,
} from './names';

/** What decides which queues and bindings an org has (processing.md §7.2). */
export interface OrgRouting {
  id: number;
  /** Stored spelling. */
  name: string;
  customSupporterConfirm: boolean;
  /** custom_action_confirm, or action_confirm on any campaign the org has a page in. */
  moderates: boolean;
  customActionDeliver: boolean;
  customEventDeliver: boolean;
  pushBackend: 'sqs' | 'webhook' | null;
  eventBackend: 'sqs' | 'webhook' | null;
  /** cus.* names in place of the native ones (processing.md §7.3). */
  alias: boolean;
}

export interface Binding {
  exchange: string;
  queue: string;
  key: string;
}

export interface OrgTopology {
  /** Queues of this org alone. */
  queues: string[];
  bindings: Binding[];
}

/** Queues the org's own software reads, by purpose; names follow the alias setting. */
export const customQueuesOf = (org: Pick<OrgRouting, 'id' | 'name' | 'alias'>) =>
  org.alias
    ? {
        crm: aliasQueues.deliver(org.id),
        confirm: aliasQueues.confirmSupporter(org.id),
        moderate: aliasQueues.confirmAction(org.id),
      }
    : { crm: crmQueue(org.name), confirm: confirmQueue(org.name), moderate: moderateQueue(org.name) };

/** Present name of the org's queue for this purpose. */
export const orgQueueOf = (org: Pick<OrgRouting, 'id' | 'name' | 'alias'>, purpose: OrgQueuePurpose): string =>
  purpose === 'webhook' ? webhookQueue(org.name) : customQueuesOf(org)[purpose];

/** Queues and bindings this org must have: a pure function of its settings, so relay and topology-service agree. */
export function orgTopology(org: OrgRouting): OrgTopology {
  const { crm, confirm, moderate } = customQueuesOf(org);
  const queues = new Set<string>();
  const bindings: Binding[] = [];
  const bind = (exchange: string, key: string, queue: string) => {
    if (queue !== systemQueues.sqs) queues.add(queue);
    bindings.push({ exchange, queue, key });
  };
  if (org.customSupporterConfirm) bind(exchanges.confirm, supporterConfirmKey(org.name, 'custom'), confirm);
  if (org.moderates) bind(exchanges.confirm, actionConfirmKey(org.name), moderate);
  if (org.customActionDeliver) bind(exchanges.deliver, `${org.name}.*.*`, crm);
  if (org.customEventDeliver) bind(exchanges.event, orgEventKey(org.name, '#'), crm);
  const pushQueue = { sqs: systemQueues.sqs, webhook: webhookQueue(org.name) };
  if (org.pushBackend) bind(exchanges.deliver, `${org.name}.system.*`, pushQueue[org.pushBackend]);
  if (org.eventBackend) bind(exchanges.event, orgEventKey(org.name, '#'), pushQueue[org.eventBackend]);
  return { queues: [...queues].sort(), bindings };
}

/** Version of an org's topology: equal settings give equal text, any change another. */
export const topologyVersion = (org: OrgRouting): string =>
  createHash('sha256')
    .update(JSON.stringify([org.id, org.name, orgTopology(org)]))
    .digest('base64url')
    .slice(0, 22);
