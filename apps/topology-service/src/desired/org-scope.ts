import {
  customQueuesOf,
  exchanges,
  orgTopology,
  topologyVersion,
  webhookQueue,
  type Binding,
  type OrgRouting,
} from '@groundswell/contracts';
import { circuitBindings, type DesiredScope } from './system-topology';

export const orgScopeName = (orgId: number): string => `org:${orgId}`;
export const orgIdOf = (scope: string): number | null => (/^org:\d+$/.test(scope) ? Number(scope.slice(4)) : null);

/** What one org must have: its queues with their stage bindings and their way home. `formerNames` still lead to the
 *  present queues, because messages accepted before a rename carry the old name in their routing key. */
export function orgScope(routing: OrgRouting, formerNames: readonly string[] = []): DesiredScope {
  const { queues, bindings } = orgTopology(routing);
  const redirects = formerNames.flatMap((name) =>
    bindings.map((binding) => ({ ...binding, key: name + binding.key.slice(routing.name.length) })),
  );
  return {
    scope: orgScopeName(routing.id),
    version: topologyVersion(routing),
    queues,
    bindings: [...bindings, ...redirects, ...circuitBindings(queues)],
  };
}

/** Names this org had before, by what it was bound to, unless they are taken by now: the new owner's messages must not
 *  arrive here. `isTaken` gets a name in any spelling. */
export function formerNames(present: string, bound: readonly Binding[], isTaken: (name: string) => boolean): string[] {
  const names = bound.filter(({ exchange }) => exchange !== exchanges.retry).map(({ key }) => firstWord(key));
  return [...new Set(names)].filter((name) => name !== present && !isTaken(name)).sort();
}

/** First word of a routing key in `confirm`, `deliver`, `event`: the org. Names hold no dot. */
export const firstWord = (key: string): string => key.slice(0, Math.max(0, key.indexOf('.')));

type NamedOrg = Pick<OrgRouting, 'id' | 'name'>;

/** Queues the org's own software may read, native and alias, whether they exist or not. */
export const customQueueNames = (org: NamedOrg): string[] =>
  [false, true].flatMap((alias) => Object.values(customQueuesOf({ ...org, alias })));

/** Every queue name that is this org's by right. */
export const ownQueueNames = (org: NamedOrg): string[] => [...customQueueNames(org), webhookQueue(org.name)];

/** Whether a queue that is no longer wanted may go once nobody uses it: ORG.crm, and whatever has a former name. The
 *  others stay for the day the flag comes back (processing.md §7.2). */
export function mayBeDeleted(org: NamedOrg, queue: string): boolean {
  const isCrm = [false, true].some((alias) => customQueuesOf({ ...org, alias }).crm === queue);
  return isCrm || !ownQueueNames(org).includes(queue);
}
