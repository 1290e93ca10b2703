import { createHash } from 'node:crypto';
import {
  exchanges,
  factKeys,
  factQueue,
  ingestKey,
  ingestQueue,
  mailWebhookKey,
  mttReplyKey,
  operatedServices,
  operationKey,
  operationQueue,
  partitionCount,
  requestKey,
  requestQueue,
  statsChangedKey,
  systemQueues,
  type Binding,
} from '@groundswell/contracts';
import { isInCircuit, probeQueue } from './queue-arguments';

export interface Exchange {
  name: string;
  type: 'topic';
  arguments: Record<string, string>;
}

/** What one scope must have on the broker. */
export interface DesiredScope {
  /** `system` or `org:<id>`. */
  scope: string;
  version: string;
  queues: string[];
  bindings: Binding[];
}

export const systemScope = 'system';

/** All of them, durable topics. What finds no way home from `system.retry` goes to `system.dead`. */
export const desiredExchanges: Exchange[] = Object.values(exchanges).map((name): Exchange => ({
  name,
  type: 'topic',
  arguments: name === exchanges.retry ? { 'alternate-exchange': exchanges.dead } : {},
}));

/** Where a service takes requests that it answers (design.md §3). */
const requestBinding = (service: string): Binding => ({
  exchange: exchanges.ingest,
  queue: requestQueue(service),
  key: requestKey(service),
});

/** Queues of a service's workers with what feeds them; declared once that service is deployed (design.md §4), so that
 *  messages wait for it from the release on that brings it. */
const workerBindings: Record<string, Binding[]> = {
  'email-delivery': [
    { exchange: exchanges.confirm, queue: systemQueues.emailConfirm, key: '*.system.supporter' },
    { exchange: exchanges.deliver, queue: systemQueues.emailThankYou, key: '*.system.*' },
    { exchange: exchanges.deliver, queue: systemQueues.emailRequest, key: 'system.mail.*' },
    { exchange: exchanges.deliver, queue: systemQueues.emailMailings, key: 'system.mailing.*' },
    { exchange: exchanges.event, queue: systemQueues.emailEvents, key: mailWebhookKey },
    // Nobody's dead letters come home here, but what a person replays does.
    { exchange: exchanges.retry, queue: systemQueues.emailEvents, key: systemQueues.emailEvents },
    requestBinding('email-delivery'),
  ],
  // What feeds system.sqs depends on each org's backends, so it belongs to the orgs' scopes.
  'crm-forwarder': [requestBinding('crm-forwarder')],
  'action-ingest': [requestBinding('action-ingest')],
  'notify-service': [requestBinding('notify-service')],
  'stats-service': [requestBinding('stats-service')],
  'topology-service': [requestBinding('topology-service')],
};

/** Where a service takes what an operator has done to its jobs and parked messages. */
const operationBindings: Record<string, Binding> = Object.fromEntries(
  operatedServices.map((service) => [
    service,
    { exchange: exchanges.ingest, queue: operationQueue(service), key: operationKey(service) },
  ]),
);
const workerQueues: Record<string, string[]> = { 'crm-forwarder': [systemQueues.sqs] };

/** Facts each service reads (processing.md §6.6). */
const factsRead: Record<string, string[]> = {
  'stats-service': [factKeys.counters],
  'mtt-service': [factKeys.allActions, factKeys.mailOutcome, mttReplyKey, factKeys.referencesMoved],
  'notify-service': [
    factKeys.allConfirms,
    factKeys.allActions,
    factKeys.mailOutcome,
    factKeys.supporterMail,
    factKeys.queueAlert,
    factKeys.endpointDisabled,
    factKeys.allFollowUps,
    factKeys.referencesMoved,
    statsChangedKey,
  ],
};

/** Every consumer queue is bound to `system.retry` under its own name, and stays so for as long as it exists. */
export const circuitBindings = (queues: readonly string[]): Binding[] =>
  queues.filter(isInCircuit).map((queue) => ({ exchange: exchanges.retry, queue, key: queue }));

/** Queues and bindings that belong to no org (processing.md §7.1, §7.4). */
export function systemTopology(deployedServices: readonly string[]): DesiredScope {
  const queues = new Set<string>([systemQueues.retry, systemQueues.dead, systemQueues.events, probeQueue]);
  const bindings: Binding[] = [
    { exchange: exchanges.fail, queue: systemQueues.retry, key: '#' },
    { exchange: exchanges.dead, queue: systemQueues.dead, key: '#' },
    { exchange: exchanges.event, queue: systemQueues.events, key: '*.system.*' },
    { exchange: exchanges.retry, queue: probeQueue, key: probeQueue },
  ];
  const bind = (binding: Binding) => {
    queues.add(binding.queue);
    bindings.push(binding);
  };
  for (let partition = 0; partition < partitionCount; partition += 1) {
    bind({ exchange: exchanges.ingest, queue: ingestQueue(partition), key: ingestKey(partition) });
  }
  for (const service of [...new Set(deployedServices)].sort()) {
    for (const queue of workerQueues[service] ?? []) queues.add(queue);
    for (const binding of workerBindings[service] ?? []) bind(binding);
    const operations = operationBindings[service];
    if (operations) bind(operations);
    for (const key of factsRead[service] ?? []) bind({ exchange: exchanges.event, queue: factQueue(service), key });
  }
  const names = [...queues].sort();
  const all = [...bindings, ...circuitBindings(names)];
  return { scope: systemScope, version: versionOf([names, all]), queues: names, bindings: all };
}

const versionOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22);
