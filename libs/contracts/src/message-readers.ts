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
];

/** Services whose queues are declared when nothing else is said: mails and pushes wait for the release that reads them. */
export const defaultDeployedServices = [
  'api-gateway',
  'action-ingest',
  'topology-service',
  'notify-service',
  'email-delivery',
  'crm-forwarder',
] as const;

/** AMQP topic match: `*` is one word, `#` any number of words. */
export function matchesTopic(pattern: string, routingKey: string): boolean {
  const match = (p: string[], k: string[]): boolean => {
    if (p.length === 0) return k.length === 0;
    const [head, ...rest] = p;
    if (head === '#') return match(rest, k) || (k.length > 0 && match(p, k.slice(1)));
    return k.length > 0 && (head === '*' || head === k[0]) && match(rest, k.slice(1));
  };
  return match(pattern.split('.'), routingKey.split('.'));
}

/** Whether some queue is meant to receive this message in the org's present topology. */
export function hasReader(
  message: { exchange: string; routingKey: string },
  org: OrgRouting,
  deployedServices: ReadonlySet<string>,
): boolean {
  const takes = (binding: Binding) =>
    binding.exchange === message.exchange && matchesTopic(binding.key, message.routingKey);
  return (
    orgTopology(org).bindings.some(takes) ||
    workerBindings.some((binding) => deployedServices.has(binding.service) && takes(binding))
  );
}
