import type { EntityManager } from 'typeorm';
import type { Database } from '../database';
import { CatalogueTable } from './catalogue-table';
import type {
  CatalogueCampaign,
  CatalogueKey,
  CatalogueMtt,
  CatalogueOrg,
  CataloguePage,
  CatalogueService,
  CatalogueTarget,
  CatalogueTemplate,
} from './catalogue-rows';

/** Many ids under one key, as indexes of the tables below. */
class IdIndex {
  private readonly ids = new Map<number | string, Set<number | string>>();

  move(id: number | string, from: number | string | null | undefined, to: number | string | null | undefined): void {
    if (from === to) return;
    if (from != null) this.ids.get(from)?.delete(id);
    if (to == null) return;
    const set = this.ids.get(to);
    if (set) set.add(id);
    else this.ids.set(to, new Set([id]));
  }

  of(key: number | string): ReadonlySet<number | string> {
    return this.ids.get(key) ?? emptySet;
  }
}
const emptySet: ReadonlySet<number | string> = new Set();

/**
 * The whole catalogue in memory under one version (processing.md §10). `refresh` compares the version with the
 * database's and reads only the rows that changed since; call it every 2 s, after every reconnect, and at every
 * `system.catalogue.changed` event. Look-ups never touch the database.
 */
export class Catalogue {
  private currentVersion = 0;
  private refreshing: Promise<boolean> | null = null;
  private readonly listeners = new Set<(change: CatalogueChange) => void>();
  private readonly orgIdByName = new Map<string, number>();
  private readonly campaignIdByName = new Map<string, number>();
  private readonly pageIdByName = new Map<string, number>();
  private readonly pagesByOrg = new IdIndex();
  private readonly pagesByCampaign = new IdIndex();
  private readonly campaignsByLead = new IdIndex();
  private readonly activeKeys = new Map<number, CatalogueKey>();
  private readonly servicesByOrg = new IdIndex();
  private readonly targetsByCampaign = new IdIndex();
  private readonly templatesByOrg = new IdIndex();
  private readonly mttByCampaign = new Map<number, CatalogueMtt>();

  readonly orgs = new CatalogueTable<CatalogueOrg>('orgs', orgColumns, (before, after) => {
    rename(this.orgIdByName, before, after);
    this.announce('orgs', before, after);
  });
  readonly campaigns = new CatalogueTable<CatalogueCampaign>('campaigns', campaignColumns, (before, after) => {
    rename(this.campaignIdByName, before, after);
    this.campaignsByLead.move((after ?? before)?.id ?? 0, before?.orgId, after?.orgId);
    this.announce('campaigns', before, after);
  });
  readonly pages = new CatalogueTable<CataloguePage>('action_pages', pageColumns, (before, after) => {
    const id = (after ?? before)?.id ?? 0;
    rename(this.pageIdByName, before, after);
    this.pagesByOrg.move(id, before?.orgId, after?.orgId);
    this.pagesByCampaign.move(id, before?.campaignId, after?.campaignId);
    this.announce('action_pages', before, after);
  });
  readonly keys = new CatalogueTable<CatalogueKey>('public_keys', keyColumns, (before, after) => {
    if (before && this.activeKeys.get(before.orgId)?.id === before.id) this.activeKeys.delete(before.orgId);
    if (after?.active) this.activeKeys.set(after.orgId, after);
    this.announce('public_keys', before, after);
  });
  readonly services = new CatalogueTable<CatalogueService>('services', ['id', 'orgId', 'name'], (before, after) => {
    this.servicesByOrg.move((after ?? before)?.id ?? 0, before?.orgId, after?.orgId);
    this.announce('services', before, after);
  });
  readonly mtt = new CatalogueTable<CatalogueMtt>('mtt', ['id', 'campaignId', 'startAt', 'endAt'], (before, after) => {
    if (before) this.mttByCampaign.delete(before.campaignId);
    if (after) this.mttByCampaign.set(after.campaignId, after);
  });
  readonly targets = new CatalogueTable<CatalogueTarget>('targets', ['id', 'campaignId'], (before, after) =>
    this.targetsByCampaign.move((after ?? before)?.id ?? '', before?.campaignId, after?.campaignId),
  );
  readonly templates = new CatalogueTable<CatalogueTemplate>(
    'email_templates',
    ['id', 'orgId', 'name', 'locale', 'externalId'],
    (before, after) => this.templatesByOrg.move((after ?? before)?.id ?? 0, before?.orgId, after?.orgId),
  );

  constructor(private readonly database: Database) {}

  /** 0 until the first load. */
  get version(): number {
    return this.currentVersion;
  }

  onChange(listener: (change: CatalogueChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Brings memory up to the database's version; true when something changed. Concurrent calls share one read. */
  refresh(): Promise<boolean> {
    this.refreshing ??= this.readChanges().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  orgByName(name: string): CatalogueOrg | undefined {
    const id = this.orgIdByName.get(name.toLowerCase());
    return id === undefined ? undefined : this.orgs.get(id);
  }
  campaignByName(name: string): CatalogueCampaign | undefined {
    const id = this.campaignIdByName.get(name.toLowerCase());
    return id === undefined ? undefined : this.campaigns.get(id);
  }
  pageByName(name: string): CataloguePage | undefined {
    const id = this.pageIdByName.get(name.toLowerCase());
    return id === undefined ? undefined : this.pages.get(id);
  }
  pagesOfOrg(orgId: number): CataloguePage[] {
    return pick(this.pages, this.pagesByOrg.of(orgId));
  }
  pagesOfCampaign(campaignId: number): CataloguePage[] {
    return pick(this.pages, this.pagesByCampaign.of(campaignId));
  }
  campaignsLedBy(orgId: number): CatalogueCampaign[] {
    return pick(this.campaigns, this.campaignsByLead.of(orgId));
  }
  servicesOfOrg(orgId: number): CatalogueService[] {
    return pick(this.services, this.servicesByOrg.of(orgId));
  }
  templatesOfOrg(orgId: number): CatalogueTemplate[] {
    return pick(this.templates, this.templatesByOrg.of(orgId));
  }
  activeKeyOf(orgId: number): CatalogueKey | undefined {
    return this.activeKeys.get(orgId);
  }
  mttOf(campaignId: number): CatalogueMtt | undefined {
    return this.mttByCampaign.get(campaignId);
  }
  isTargetOf(campaignId: number, targetId: string): boolean {
    return this.targetsByCampaign.of(campaignId).has(targetId);
  }

  private get tables(): CatalogueTable<{ id: number | string }>[] {
    return [
      this.orgs,
      this.campaigns,
      this.pages,
      this.keys,
      this.services,
      this.mtt,
      this.targets,
      this.templates,
    ] as unknown as CatalogueTable<{ id: number | string }>[];
  }

  private async readChanges(): Promise<boolean> {
    const [row] = await this.database.query<{ version: number }>('select version from catalog.catalogue_version');
    if (row?.version === this.currentVersion) return false;
    return this.database.transaction(async (manager) => {
      await manager.query('set transaction isolation level repeatable read read only');
      const { version, oldest } = await readVersion(manager);
      if (version === this.currentVersion) return false;
      // Going back means another database (a restore): only a full read is right then.
      if (this.currentVersion === 0 || oldest > this.currentVersion + 1 || version < this.currentVersion) {
        for (const table of this.tables) await table.loadAll(manager);
      } else {
        await this.loadChangedRows(manager);
      }
      this.currentVersion = version;
      return true;
    });
  }

  private async loadChangedRows(manager: EntityManager): Promise<void> {
    const changes: { table_name: string; ids: string[] }[] = await manager.query(
      `select table_name, array_agg(distinct row_id) as ids from catalog.catalogue_changes
        where version > $1 group by table_name`,
      [this.currentVersion],
    );
    for (const table of this.tables) {
      const change = changes.find(({ table_name }) => table_name === table.name);
      if (change) await table.load(manager, change.ids);
    }
  }

  private announce(table: CatalogueChange['table'], before: object | undefined, after: object | undefined): void {
    for (const listener of this.listeners) listener({ table, before, after } as CatalogueChange);
  }
}

export type CatalogueChange =
  | { table: 'orgs'; before?: CatalogueOrg; after?: CatalogueOrg }
  | { table: 'campaigns'; before?: CatalogueCampaign; after?: CatalogueCampaign }
  | { table: 'action_pages'; before?: CataloguePage; after?: CataloguePage }
  | { table: 'public_keys'; before?: CatalogueKey; after?: CatalogueKey }
  | { table: 'services'; before?: CatalogueService; after?: CatalogueService };

async function readVersion(manager: EntityManager): Promise<{ version: number; oldest: number }> {
  const rows: { version: number; oldest: number | null }[] = await manager.query(
    `select v.version, (select min(c.version) from catalog.catalogue_changes c) as oldest from catalog.catalogue_version v`,
  );
  const row = rows[0];
  if (!row) throw new Error('catalogue_version has no row');
  return { version: row.version, oldest: row.oldest ?? 0 };
}

function pick<Row extends { id: number | string }>(
  table: CatalogueTable<Row>,
  ids: ReadonlySet<number | string>,
): Row[] {
  const rows: Row[] = [];
  for (const id of ids) {
    const row = table.get(id);
    if (row) rows.push(row);
  }
  return rows.sort((a, b) => Number(a.id) - Number(b.id));
}

interface Named {
  id: number;
  name: string;
}
function rename(index: Map<string, number>, before: Named | undefined, after: Named | undefined): void {
  if (before && index.get(before.name.toLowerCase()) === before.id) index.delete(before.name.toLowerCase());
  if (after) index.set(after.name.toLowerCase(), after.id);
}

const orgColumns: (keyof CatalogueOrg)[] = [
  'id',
  'name',
  'title',
  'contactSchema',
  'actionSchemaVersion',
  'highSecurity',
  'doiThankYou',
  'emailBackendId',
  'transactionalEmailBackendId',
  'storageBackendId',
  'eventBackendId',
  'detailBackendId',
  'pushBackendId',
  'emailFrom',
  'replyEnabled',
  'senderRewrite',
  'supporterConfirm',
  'supporterConfirmTemplate',
  'customSupporterConfirm',
  'customActionConfirm',
  'customActionDeliver',
  'customEventDeliver',
  'config',
  'deletedAt',
];
const campaignColumns: (keyof CatalogueCampaign)[] = [
  'id',
  'name',
  'externalId',
  'title',
  'orgId',
  'status',
  'forceDelivery',
  'publicActions',
  'transientActions',
  'contactSchema',
  'config',
  'supporterConfirm',
  'supporterConfirmTemplate',
  'actionConfirm',
  'startDate',
  'endDate',
  'deletedAt',
];
const pageColumns: (keyof CataloguePage)[] = [
  'id',
  'name',
  'locale',
  'orgId',
  'campaignId',
  'delivery',
  'live',
  'extraSupporters',
  'thankYouTemplate',
  'supporterConfirmTemplate',
  'duplicateTemplate',
  'config',
  'deletedAt',
];
const keyColumns: (keyof CatalogueKey)[] = ['id', 'orgId', 'public', 'private', 'active', 'expired'];
