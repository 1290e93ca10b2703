import { exchanges, orgTopology, topologyVersion } from '@groundswell/contracts';
import {
  Catalogue,
  orgRouting,
  type CatalogueOrg,
  type LaneGate,
  type LaneVerdict,
  type OutboxMessage,
} from '@groundswell/persistence';
import type { QueueSetReadModel } from './queue-set.read-model';

/** Lane of our own services; their queues are the concern of who publishes to them (spool/). */
const ownLane = 0;

/**
 * Whether the relay may publish to an org now: only once topology-service has confirmed that org's queues at the
 * version its settings ask for (processing.md §7.6). An org that is gone gets nothing any more.
 */
export class TopologyGate implements LaneGate {
  private confirmed = new Map<number, string>();

  constructor(
    private readonly catalogue: Catalogue,
    private readonly queueSets: QueueSetReadModel,
    private readonly aliasByDefault: boolean,
  ) {}

  /** Reads what topology-service has confirmed. */
  async refresh(): Promise<void> {
    this.confirmed = await this.queueSets.confirmedVersions();
  }

  lane(lane: number): LaneVerdict {
    if (lane === ownLane) return 'open';
    const org = this.catalogue.orgs.get(lane);
    // Made by another replica a moment ago: this catalogue does not know yet what the org needs.
    if (!org) return 'closed';
    if (org.deletedAt) return 'open';
    return this.confirmed.get(lane) === topologyVersion(this.routing(org)) ? 'open' : 'closed';
  }

  reader(message: OutboxMessage): 'expected' | 'optional' | 'unrouted' {
    if (message.lane === ownLane) return 'expected';
    const org = this.liveOrg(message.lane);
    if (!org) return 'unrouted';
    const isBound = orgTopology(this.routing(org)).bindings.some(({ exchange }) => exchange === message.exchange);
    if (isBound) return 'expected';
    // `system.events` reads every org's events, so these are worth publishing without a queue of the org.
    return message.exchange === exchanges.event ? 'optional' : 'unrouted';
  }

  private liveOrg(id: number): CatalogueOrg | null {
    const org = this.catalogue.orgs.get(id);
    return org && !org.deletedAt ? org : null;
  }

  private routing(org: CatalogueOrg) {
    return orgRouting(this.catalogue, org, this.aliasByDefault);
  }
}
