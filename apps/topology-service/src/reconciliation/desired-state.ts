import { topologyVersion, type OrgRouting } from '@groundswell/contracts';
import { orgRouting, type Catalogue } from '@groundswell/persistence';
import { formerNames, orgIdOf, orgScope, orgScopeName, ownQueueNames } from '../desired/org-scope';
import { transitQueues } from '../desired/queue-kinds';
import { systemScope, systemTopology } from '../desired/system-topology';
import type { BrokerView } from '../broker/broker-view';
import type { QueueSet } from './queue-set.repository';
import type { ScopeSubject } from './scope-review';

export interface DesiredStateSettings {
  /** QUEUE_ALIAS: orgs read cus.* queues unless they say otherwise. */
  aliasByDefault: boolean;
  deployedServices: readonly string[];
}

/** Everything the catalogue asks for. An org that is only marked as deleted still gets what was accepted for it: it is gone
 *  once its row is. */
export class DesiredState {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly settings: DesiredStateSettings,
  ) {}

  routings(): OrgRouting[] {
    return [...this.catalogue.orgs.rows.values()].map((org) =>
      orgRouting(this.catalogue, org, this.settings.aliasByDefault),
    );
  }

  /** Equal as long as no queue, binding or user would change. */
  fingerprint(): string {
    return this.routings()
      .map((routing) => `${routing.id}:${topologyVersion(routing)}`)
      .sort()
      .join(' ');
  }

  /** The system, every org, and every scope we still have a row of although its org is gone. */
  subjects(routings: readonly OrgRouting[], rows: ReadonlyMap<string, QueueSet>): ScopeSubject[] {
    const present = new Set(routings.map(({ id }) => orgScopeName(id)));
    const gone = [...rows.values()].filter(({ scope }) => orgIdOf(scope) !== null && !present.has(scope));
    return [
      {
        desired: systemTopology(this.settings.deployedServices),
        row: rows.get(systemScope),
        ownQueueNames: [],
        orgName: null,
        isNameOfAnother: () => false,
      },
      ...routings.map((routing) => this.orgSubject(routing, rows.get(orgScopeName(routing.id)))),
      ...gone.map((row) => ({
        desired: { scope: row.scope, version: '', queues: [], bindings: [] },
        row,
        ownQueueNames: [],
        orgName: null,
        isNameOfAnother: (name: string) => this.catalogue.orgByName(name) !== undefined,
      })),
    ];
  }

  private orgSubject(routing: OrgRouting, row: QueueSet | undefined): ScopeSubject {
    const isNameOfAnother = (name: string) => {
      const owner = this.catalogue.orgByName(name);
      return owner !== undefined && owner.id !== routing.id;
    };
    return {
      desired: orgScope(routing, formerNames(routing.name, row?.bindings ?? [], isNameOfAnother)),
      row,
      ownQueueNames: [...ownQueueNames(routing), ...transitQueues(routing.id)],
      orgName: routing.name,
      isNameOfAnother,
    };
  }
}

/** Whether the org behind this scope is no longer in the catalogue. */
export const isGone = ({ desired }: ScopeSubject): boolean => desired.version === '';

/** Which scope each queue on the broker belongs to: as noted, else by name. A queue noted for one scope is nobody else's
 *  until it is gone, even where a new org takes the name: it may hold the former owner's messages. */
export function queueHolders(subjects: readonly ScopeSubject[], view: BrokerView): Map<string, string> {
  const holders = new Map<string, string>();
  for (const { row } of subjects) {
    for (const queue of row?.queues ?? []) if (view.queues.has(queue)) holders.set(queue, row!.scope);
  }
  for (const { desired, ownQueueNames: names } of subjects) {
    for (const queue of [...desired.queues, ...names]) if (!holders.has(queue)) holders.set(queue, desired.scope);
  }
  return holders;
}
