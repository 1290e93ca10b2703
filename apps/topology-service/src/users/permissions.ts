import {
  exchanges,
  factQueue,
  operationQueue,
  requestQueue,
  systemQueues,
  type OrgRouting,
} from '@groundswell/contracts';
import type { Permissions } from '../broker/management.client';
import { customQueueNames } from '../desired/org-scope';

/** Services that log in to the broker with a user of their own. topology-service itself is the administrator. */
export type BrokerService = 'gateway' | 'ingest' | 'notify' | 'mail' | 'stats' | 'mtt' | 'forwarder';

const escape = (name: string): string =>
  name.replace(/[.*+?^${}()|[\]\\/-]/g, (sign) => (sign === '-' ? sign : `\\${sign}`));

/** The broker looks for a match anywhere in a name, so every pattern is anchored at both ends. */
const anchored = (patterns: readonly string[]): string => (patterns.length === 0 ? '^$' : `^(${patterns.join('|')})$`);
const exactly = (names: readonly string[]): string => anchored(names.map(escape));

/** The service behind each user, as it names its own queues. */
const serviceOf: Record<BrokerService, string> = {
  gateway: 'api-gateway',
  ingest: 'action-ingest',
  notify: 'notify-service',
  mail: 'email-delivery',
  stats: 'stats-service',
  mtt: 'mtt-service',
  forwarder: 'crm-forwarder',
};

/** What is asked of a service by others, and by operators. */
const askedOf = (user: BrokerService): string[] =>
  [requestQueue(serviceOf[user]), operationQueue(serviceOf[user])].map(escape);

/** A service may make queues of its own: for events, and for answers to its requests. */
const ownQueues = (user: BrokerService): string[] => [
  `event\\.${serviceOf[user]}\\..*`,
  `reply\\.${serviceOf[user]}\\..*`,
];

const mailQueues = [
  ...[systemQueues.emailConfirm, systemQueues.emailThankYou],
  ...[systemQueues.emailRequest, systemQueues.emailMailings],
];

/** Binding a queue takes write on the queue and read on the exchange. Nobody may write to the default exchange, whose
 *  name here would be `amq.default`. What goes through `system.retry` is told by `homeKeys`. */
export const servicePermissions: Record<BrokerService, Permissions> = {
  gateway: {
    configure: anchored(ownQueues('gateway')),
    write: anchored([
      // `deliver`: it alone knows the secret links of mails about accounts.
      ...[exchanges.ingest, exchanges.deliver, exchanges.event, exchanges.reply, exchanges.retry].map(escape),
      ...ownQueues('gateway'),
    ]),
    read: anchored([exchanges.event, exchanges.reply, ...ownQueues('gateway')]),
  },
  ingest: {
    configure: anchored(ownQueues('ingest')),
    write: anchored([
      exchanges.ingest,
      exchanges.confirm,
      exchanges.deliver,
      exchanges.event,
      exchanges.reply,
      escape(exchanges.retry),
      ...ownQueues('ingest'),
    ]),
    read: anchored([
      'system\\.ingest\\.[0-9]+',
      ...askedOf('ingest'),
      exchanges.event,
      exchanges.reply,
      ...ownQueues('ingest'),
    ]),
  },
  notify: {
    configure: anchored(ownQueues('notify')),
    // `ingest`: reminders are asked of action-ingest, which alone holds whom they go to.
    write: anchored([
      ...[exchanges.ingest, exchanges.deliver, exchanges.event, exchanges.reply, exchanges.retry].map(escape),
      ...ownQueues('notify'),
    ]),
    read: anchored([
      escape(factQueue(serviceOf.notify)),
      ...askedOf('notify'),
      exchanges.event,
      exchanges.reply,
      ...ownQueues('notify'),
    ]),
  },
  mail: {
    configure: anchored(ownQueues('mail')),
    write: anchored([
      ...[exchanges.ingest, exchanges.event, exchanges.reply, exchanges.retry].map(escape),
      ...ownQueues('mail'),
    ]),
    read: anchored([
      ...[...mailQueues, systemQueues.emailEvents].map(escape),
      ...askedOf('mail'),
      exchanges.event,
      exchanges.reply,
      ...ownQueues('mail'),
    ]),
  },
  stats: {
    configure: anchored(ownQueues('stats')),
    // `deliver`: mails about reports are asked of email-delivery.
    write: anchored([
      ...[exchanges.deliver, exchanges.event, exchanges.reply, exchanges.retry].map(escape),
      ...ownQueues('stats'),
    ]),
    read: anchored([
      escape(factQueue(serviceOf.stats)),
      ...askedOf('stats'),
      exchanges.event,
      exchanges.reply,
      ...ownQueues('stats'),
    ]),
  },
  mtt: {
    configure: anchored(ownQueues('mtt')),
    // `deliver`: mails to targets are asked of email-delivery.
    write: anchored([
      ...[exchanges.deliver, exchanges.event, exchanges.reply, exchanges.retry].map(escape),
      ...ownQueues('mtt'),
    ]),
    read: anchored([
      escape(factQueue(serviceOf.mtt)),
      ...askedOf('mtt'),
      exchanges.event,
      exchanges.reply,
      ...ownQueues('mtt'),
    ]),
  },
  forwarder: {
    configure: anchored(ownQueues('forwarder')),
    // `deliver`: owners are told by mail when an endpoint of theirs is disabled.
    write: anchored([
      ...[exchanges.deliver, exchanges.event, exchanges.reply, exchanges.retry].map(escape),
      ...ownQueues('forwarder'),
    ]),
    read: anchored([
      // An org is called what it likes, but for the reserved names; a name holds no dot.
      '[A-Za-z0-9_-]+\\.webhook',
      ...[systemQueues.sqs, systemQueues.dead].map(escape),
      ...askedOf('forwarder'),
      exchanges.event,
      exchanges.reply,
      ...ownQueues('forwarder'),
    ]),
  },
};

/** Routing keys in exchange `system.retry`, as topic permissions: a service sends home what came from the queues it reads, and
 *  can put nothing into others. Null: into any; action-ingest rebuilds lost queues, crm-forwarder empties `system.dead`. */
export const homeKeys: Record<BrokerService, string | null> = {
  gateway: null,
  ingest: null,
  notify: exactly([factQueue(serviceOf.notify)]),
  mail: exactly([...mailQueues, systemQueues.emailEvents]),
  stats: exactly([factQueue(serviceOf.stats)]),
  mtt: exactly([factQueue(serviceOf.mtt)]),
  forwarder: null,
};

const namesIn = (pattern: string): string[] => pattern.replace(/^\^\(?|\)?\$$/g, '').split('|');

export interface OrgAccess {
  permissions: Permissions;
  /** Queues of a former name still hold messages of it: its readers go on until those are moved. */
  isMoving: boolean;
}

/** Whether somebody may not read any more what they might, and open channels, which remember what they were allowed, must go. */
export const losesAccess = (before: Permissions | undefined, { permissions, isMoving }: OrgAccess): boolean => {
  const kept = new Set(namesIn(permissions.read));
  return !isMoving && before !== undefined && namesIn(before.read).some((name) => name !== '' && !kept.has(name));
};

/** An org's software reads its own custom queues, and does nothing else; `leftQueues` are those of a former name that still
 *  hold messages of it, `withheld` those of its own names that still hold another org's. */
export const orgPermissions = (
  org: Pick<OrgRouting, 'id' | 'name'>,
  leftQueues: readonly string[] = [],
  withheld: readonly string[] = [],
): Permissions => ({
  configure: '^$',
  write: '^$',
  read: exactly([...new Set([...customQueueNames(org), ...leftQueues])].filter((queue) => !withheld.includes(queue))),
});
