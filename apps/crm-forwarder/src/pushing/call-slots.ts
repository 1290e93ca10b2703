/** Calls at once to an endpoint that has not shown yet that it answers: one that is silent holds few. */
const callsToBegin = 2;

export interface SlotLimits {
  all: number;
  perOrg: number;
}

/** Calls under way in this process: of all, of each org and of each endpoint. */
export class CallSlots {
  private readonly calls = new Set<Promise<void>>();
  private readonly byOrg = new Map<number, number>();
  private readonly byEndpoint = new Map<number, number>();
  /** Deliveries in a row of each endpoint; none after a failure. */
  private readonly successes = new Map<number, number>();

  constructor(private readonly most: SlotLimits) {}

  get free(): number {
    return this.most.all - this.calls.size;
  }

  get inUse(): number {
    return this.calls.size;
  }

  /** How many more calls may be made to it now. `share`: of the org's, where several of its endpoints have something due. */
  allowed({ orgId, serviceId }: { orgId: number; serviceId: number }, share: number): number {
    const successes = this.successes.get(serviceId) ?? 0;
    const ofEndpoint = Math.min(share, callsToBegin + successes) - (this.byEndpoint.get(serviceId) ?? 0);
    const ofOrg = this.most.perOrg - (this.byOrg.get(orgId) ?? 0);
    // However many endpoints are silent, those that answer find room.
    const ofAll = successes > 0 ? this.free : this.free - Math.floor(this.most.all / 4);
    return Math.max(0, Math.min(ofEndpoint, ofOrg, ofAll));
  }

  isCalled(serviceId: number): boolean {
    return this.byEndpoint.has(serviceId);
  }

  /** Never fails: what `work` throws is its own to tell. */
  run({ orgId, serviceId }: { orgId: number; serviceId: number }, work: () => Promise<void>): void {
    count(this.byOrg, orgId, 1);
    count(this.byEndpoint, serviceId, 1);
    const call = work().finally(() => {
      this.calls.delete(call);
      count(this.byOrg, orgId, -1);
      count(this.byEndpoint, serviceId, -1);
    });
    this.calls.add(call);
  }

  succeeded(serviceId: number): void {
    // More than an org may have at once makes no difference.
    const before = this.successes.get(serviceId) ?? 0;
    if (before < this.most.perOrg) this.successes.set(serviceId, before + 1);
  }

  failed(serviceId: number): void {
    this.successes.delete(serviceId);
  }

  async idle(): Promise<void> {
    while (this.calls.size > 0) await Promise.allSettled([...this.calls]);
  }
}

function count(counts: Map<number, number>, key: number, by: number): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now === 0) counts.delete(key);
  else counts.set(key, now);
}
