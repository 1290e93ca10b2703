import type { Catalogue } from '@groundswell/persistence';

/** Which orgs have a detail backend, from the catalogue in memory. */
export class DetailBackends {
  private version = -1;
  private orgIds = new Set<number>();

  constructor(private readonly catalogue: Pick<Catalogue, 'version' | 'orgs' | 'services'>) {}

  /** False where nobody looks anything up: then a batch reads and writes nothing for it. */
  isUsed(): boolean {
    return this.current().size > 0;
  }

  has(orgId: number): boolean {
    return this.current().has(orgId);
  }

  private current(): Set<number> {
    const { version, orgs, services } = this.catalogue;
    if (version === this.version) return this.orgIds;
    this.orgIds = new Set();
    for (const { id, detailBackendId } of orgs.rows.values()) {
      if (detailBackendId !== null && services.get(detailBackendId)?.name === 'webhook') this.orgIds.add(id);
    }
    this.version = version;
    return this.orgIds;
  }
}
