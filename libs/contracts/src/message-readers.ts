import { orgTopology, type Binding, type OrgRouting } from './org-topology';
import { exchanges, systemQueues } from './names';

/** Bindings of the queues our own workers read, by the service that reads them (processing.md §7.1). */
export const workerBindings: readonly (Binding & { service: string })[] = [
  {
    service: 'email-delivery',
    exchange: exchanges.confirm,
    key: '*.system.supporter',
    queue: systemQueues.emailConfirm,
  },
  { service: 'email-delivery', exchange: exchanges.deliver, key: '*.system.*', queue: systemQueues.emailThankYou },
  { service: 'email-delivery', exchange: exchanges.deliver, key: 'system.mail.*', queue: systemQueues.emailRequest },
  {
    service: 'email-delivery',
    exchange: exchanges.deliver,
    key: 'system.mailing.*',
    queue: systemQueues.emailMailings,
  },
];

/** Services whose queues are declared when nothing else is said: mails and pushes wait for the release that reads them. */
export const defaultDeployedServices = [
  'api-gateway',
  'action-ingest',
  'topology-service',
  'notify-service',
  'email-delivery',
  'stats-service',
  'crm-forwarder',
  'mtt-service',
] as const;

type Words = readonly string[];

const matchesWords = (pattern: Words, key: Words, at = 0, from = 0): boolean => {
  if (at === pattern.length) return from === key.length;
  const word = pattern[at];
  if (word === '#') {
    return matchesWords(pattern, key, at + 1, from) || (from < key.length && matchesWords(pattern, key, at, from + 1));
  }
  return from < key.length && (word === '*' || word === key[from]) && matchesWords(pattern, key, at + 1, from + 1);
};

/** AMQP topic match: `*` is one word, `#` any number of words. */
export const matchesTopic = (pattern: string, routingKey: string): boolean =>
  matchesWords(pattern.split('.'), routingKey.split('.'));

interface Reader {
  exchange: string;
  pattern: Words;
}

const readerOf = ({ exchange, key }: Binding): Reader => ({ exchange, pattern: key.split('.') });

const workerReaders = workerBindings.map((binding) => ({ ...readerOf(binding), service: binding.service }));

/** By settings: asked for every message that is written, they change seldom. */
const orgReaders = new WeakMap<OrgRouting, Reader[]>();

function readersOf(org: OrgRouting): Reader[] {
  let readers = orgReaders.get(org);
  if (!readers) {
    readers = orgTopology(org).bindings.map(readerOf);
    orgReaders.set(org, readers);
  }
  return readers;
}

/** Whether some queue is meant to receive this message in the org's present topology. Settings that change are a new `org`. */
export function hasReader(
  { exchange, routingKey }: { exchange: string; routingKey: string },
  org: Readonly<OrgRouting>,
  deployedServices: ReadonlySet<string>,
): boolean {
  const key = routingKey.split('.');
  const takes = (reader: Reader) => reader.exchange === exchange && matchesWords(reader.pattern, key);
  return (
    readersOf(org).some(takes) || workerReaders.some((reader) => deployedServices.has(reader.service) && takes(reader))
  );
}
