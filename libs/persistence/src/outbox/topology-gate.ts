import { exchanges, hasReader, topologyVersion, type OrgRouting } from '@groundswell/contracts';
import type { Catalogue } from '../catalogue/catalogue';
import { orgRouting } from '../catalogue/org-routing';
import type { Database } from '../database';
import type { LaneGate, LaneVerdict } from './outbox-relay';

export interface TopologyGateSettings {
  /** QUEUE_ALIAS: orgs read cus.* queues unless they say otherwise. */
  aliasByDefault: boolean;
  /** Services whose queues exist; messages only they would read are `unrouted` without them. */
  deployedServices: ReadonlySet<string>;
}

interface OrgLane {
  routing: OrgRouting;
  version: string;
}

/**
 * Lets a relay publish for an org only while topology-service has confirmed that org's queues at the version that
 * its present settings ask for (design.md §4): a topic publish is confirmed by the broker as long as any queue
 * matches, so the broker's word alone proves nothing. `refresh` every 2 s and at `system.topology.changed`.
 */
export class TopologyGate implements LaneGate {
  private confirmed = new Map<string, string>();
  private lanes = new Map<number, OrgLane | null>();
  private lanesVersion = -1;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly settings: TopologyGateSettings,
  ) {}

  /** True when some scope's confirmed version changed. */
  async refresh(): Promise<boolean> {
    const rows = await this.database.query<{ scope: string; version: string }>(
      `select scope, version from topology.queue_sets where state = 'confirmed'`,
    );
    const next = new Map(rows.map((row) => [row.scope, row.version]));
    const changed =
      next.size !== this.confirmed.size || [...next].some(([scope, version]) => this.confirmed.get(scope) !== version);
    this.confirmed = next;
    return changed;
  }

  /** Exchanges and queues of the fleet itself. */
  get isSystemConfirmed(): boolean {
    return this.confirmed.has('system');
  }

  lane(lane: number): LaneVerdict {
    if (!this.isSystemConfirmed) return 'closed';
    if (lane === 0) return 'open';
    const org = this.orgLane(lane);
    return org && this.confirmed.get(`org:${lane}`) === org.version ? 'open' : 'closed';
  }

  reader(message: { lane: number; exchange: string; routingKey: string }): 'expected' | 'optional' | 'unrouted' {
    if (message.lane === 0) return message.exchange === exchanges.event ? 'optional' : 'expected';
    const org = this.orgLane(message.lane);
    return org && hasReader(message, org.routing, this.settings.deployedServices) ? 'expected' : 'unrouted';
  }

  /** Null for an org the catalogue does not know. */
  private orgLane(orgId: number): OrgLane | null {
    if (this.lanesVersion !== this.catalogue.version) {
      this.lanes.clear();
      this.lanesVersion = this.catalogue.version;
    }
    let lane = this.lanes.get(orgId);
    if (lane === undefined) {
      const org = this.catalogue.orgs.get(orgId);
      const routing = org && orgRouting(this.catalogue, org, this.settings.aliasByDefault);
      lane = routing ? { routing, version: topologyVersion(routing) } : null;
      this.lanes.set(orgId, lane);
    }
    return lane;
  }
}
