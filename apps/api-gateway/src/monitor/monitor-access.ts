import { aliasQueues, confirmQueue, crmQueue, moderateQueue, webhookQueue } from '@groundswell/contracts';
import { Database, type CatalogueOrg } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import type { AuditNote } from '../catalogue-writing/write-effects';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';

/** What somebody may see and do: null `org` is everything. */
export interface MonitorScope {
  viewer: Viewer;
  org: { id: number; queues: readonly string[] } | null;
}

/** Who may use the queue monitor: instance admins for everything, admins of an org for what is its own. */
@Injectable()
export class MonitorAccess {
  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
  ) {}

  async to(caller: Viewer | null, orgName: string | null | undefined): Promise<MonitorScope> {
    if (orgName === null || orgName === undefined) return { viewer: this.operator(caller), org: null };
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_services');
    return { viewer, org: { id: org.id, queues: queuesOfOrg(org) } };
  }

  /** What messages say is the org's supporters' data. */
  async toContents(caller: Viewer | null, orgName: string | null | undefined): Promise<MonitorScope> {
    const scope = await this.to(caller, orgName);
    if (scope.org) requireAnyOf(await this.access.toOrg(caller, scope.org.id), 'export_contacts');
    return scope;
  }

  operator(viewer: Viewer | null): Viewer {
    return requireAnyOf({ viewer, membership: null }, 'instance_owner');
  }

  /** Before anything is done, so that nothing is done unseen. */
  async note(viewer: Viewer, note: AuditNote): Promise<void> {
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}

/** Native and alias names, whether the org has them or not. */
export const queuesOfOrg = ({ id, name }: Pick<CatalogueOrg, 'id' | 'name'>): string[] => [
  ...[crmQueue(name), confirmQueue(name), moderateQueue(name), webhookQueue(name)],
  ...[aliasQueues.deliver(id), aliasQueues.confirmSupporter(id), aliasQueues.confirmAction(id)],
];
