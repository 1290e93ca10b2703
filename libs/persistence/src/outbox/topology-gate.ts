import {
  defaultDeployedServices,
  exchanges,
  hasReader,
  topologyVersion,
  type OrgRouting,
} from '@groundswell/contracts';
import type { Catalogue } from '../catalogue/catalogue';
import type { CatalogueOrg } from '../catalogue/catalogue-rows';
import { orgRouting } from '../catalogue/org-routing';
import type { Database } from '../database';
import type { LaneGate, LaneVerdict } from './outbox-relay';

/** Mail requests of our own services, apart from lane 0: where nobody sends mail they wait, and signatures must not wait
 *  with them. */
export const mailLane = -1;

export interface TopologyGateSettings {
  /** QUEUE_ALIAS: orgs read cus.* queues unless they say otherwise. */
  aliasByDefault: boolean;
  /** Services whose queues exist; messages only they would read are `unrouted` without them. */
  deployedServices?: ReadonlySet<string>;
}

interface OrgLane {
  routing: OrgRouting;
  version: string;
  /** Marked as deleted: nobody reads for it any more. */
  isGone: boolean;
}

/**
 * Lets a relay publish for an org only while topology-service has confirmed that org's queues at the version that
 * its present settings ask for (design.md §4): a topic publish is confirmed by the broker as long as any queue
 * matches, so the broker's word alone proves nothing. An org whose queue is full gets nothing until there is room. `refresh` every 2 s and at `system.topology.changed`.
 */
export class TopologyGate implements LaneGate {
  private confirmed = new Map<string, string>();
  private lanes = new Map<number, OrgLane | null>();
  private lanesVersion = -1;
  private readonly deployed: ReadonlySet<string>;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly settings: TopologyGateSettings,
  ) {
    this.deployed = settings.deployedServices ?? new Set(defaultDeployedServices);
  }

  /** True when some scope's confirmed version changed. */
  async refresh(): Promise<boolean> {
    const rows = await this.database.query<{ scope: string; version: string }>(
      `select scope, version from topology.queue_sets where state = 'confirmed' and not is_full`,
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
    if (lane <= 0) return 'open';
    const org = this.orgLane(lane);
    // Made by another replica a moment ago: this catalogue does not know yet what the org needs.
    if (!org) return 'closed';
    return org.isGone || this.confirmed.get(`org:${lane}`) === org.version ? 'open' : 'closed';
  }

  reader(message: { lane: number; exchange: string; routingKey: string }): 'expected' | 'optional' | 'unrouted' {
    const isEvent = message.exchange === exchanges.event;
    if (message.lane <= 0) return isEvent ? 'optional' : 'expected';
    const org = this.orgLane(message.lane);
    if (!org) return 'expected';
    if (org.isGone) return 'unrouted';
    // `system.events` reads every org's events, so these are worth publishing without a queue of the org. Anything else
    // had a reader when it was written: settings may have changed meanwhile, and then it waits.
    return isEvent && !hasReader(message, org.routing, this.deployed) ? 'optional' : 'expected';
  }

  /** Asked when a message is written: whether some queue is meant to have it. What nobody reads is never stored. */
  isWanted(message: { lane: number; exchange: string; routingKey: string }): boolean {
    if (message.lane <= 0 || message.exchange === exchanges.event) return true;
    const org = this.orgLane(message.lane);
    return !org || (!org.isGone && hasReader(message, org.routing, this.deployed));
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
      lane = org ? this.laneOf(org) : null;
      this.lanes.set(orgId, lane);
    }
    return lane;
  }

  private laneOf(org: CatalogueOrg): OrgLane {
    const routing = orgRouting(this.catalogue, org, this.settings.aliasByDefault);
    return { routing, version: topologyVersion(routing), isGone: org.deletedAt !== null };
  }
}
