export interface PolicySettings {
  /** How long a rejected message waits before it comes home. */
  retryTtlMs: number;
  /** Limit of one org queue. A backstop only: relays stop publishing at half of it. */
  queueMaxBytes: number;
  /** `system.events` has no promised reader: its oldest go first. */
  eventsMaxBytes: number;
}

/** A policy as the management API has it. On RabbitMQ 3.10 exactly one policy applies to a queue. */
export interface Policy {
  name: string;
  pattern: string;
  priority: number;
  definition: Record<string, string | number>;
}

/** Never −1 (on 3.10 messages vanish at the first redelivery), never a broker's default: every crash of a consumer raises
 *  the count of innocent neighbours. Attempts are counted by us. */
const deliveryLimit = { 'delivery-limit': 1_000_000 };
/** Dead letters wait in the queue until the next one has confirmed them. Works only where a full queue refuses. */
const keepDeadLetters = { 'dead-letter-strategy': 'at-least-once', overflow: 'reject-publish' };
const orgQueues =
  '^([A-Za-z0-9_-]+\\.(crm|confirm|moderate|webhook)|cus\\.[0-9]+\\.(deliver|confirm\\.supporter|confirm\\.action))$';

/** Every queue gets all its keys from one policy: exact names first, then system queues, then org queues. The priorities
 *  are high so that an operator's catch-all policy does not take their place unnoticed. */
export function desiredPolicies(settings: PolicySettings): Policy[] {
  const exact = (queue: string, definition: Policy['definition']): Policy => ({
    name: `groundswell-${queue.replace('.', '-')}`,
    pattern: `^${queue.replace('.', '\\.')}$`,
    priority: 9030,
    definition: { ...deliveryLimit, ...definition },
  });
  return [
    exact('system.retry', { ...keepDeadLetters, 'message-ttl': settings.retryTtlMs }),
    exact('system.dead', { overflow: 'reject-publish' }),
    exact('system.events', { 'max-length-bytes': settings.eventsMaxBytes, overflow: 'drop-head' }),
    exact('system.probe', { 'max-length': 10, overflow: 'drop-head' }),
    {
      name: 'groundswell-system',
      pattern: '^system\\.',
      priority: 9020,
      definition: { ...deliveryLimit, ...keepDeadLetters },
    },
    {
      name: 'groundswell-org',
      pattern: orgQueues,
      priority: 9010,
      definition: { ...deliveryLimit, ...keepDeadLetters, 'max-length-bytes': settings.queueMaxBytes },
    },
  ];
}

/** Finds the policy that applies to a queue when no other than these exist. */
export function policyFinder(policies: readonly Policy[]): (queue: string) => Policy | undefined {
  const ordered = [...policies]
    .sort((a, b) => b.priority - a.priority)
    .map((policy) => ({ policy, pattern: new RegExp(policy.pattern) }));
  return (queue) => ordered.find(({ pattern }) => pattern.test(queue))?.policy;
}
