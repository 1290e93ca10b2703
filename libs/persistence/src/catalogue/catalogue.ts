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
  CatalogueSnapshot,
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
  private comparedAt: number | null = null;
  private refreshing: Promise<boolean> | null = null;
  private nextRefresh: Promise<boolean> | null = null;
  /** `copy`: from a snapshot kept elsewhere, not compared with the database yet. */
  private content: 'nothing' | 'database' | 'copy' = 'nothing';
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
  readonly services = new CatalogueTable<CatalogueService>(
    'services',
    ['id', 'orgId', 'name', 'webhookGeneration'],
    (before, after) => {
      this.servicesByOrg.move((after ?? before)?.id ?? 0, before?.orgId, after?.orgId);
      this.announce('services', before, after);
    },
  );
  readonly mtt = new CatalogueTable<CatalogueMtt>('mtt', ['id', 'campaignId', 'startAt', 'endAt'], (before, after) => {
    if (before && this.mttByCampaign.get(before.campaignId)?.id === before.id) {
      this.mttByCampaign.delete(before.campaignId);
    }
    if (after) this.mttByCampaign.set(after.campaignId, after);
  });
  readonly targets = new CatalogueTable<CatalogueTarget>(
    'targets',
    ['id', 'campaignId', 'deletedAt'],
    (before, after) =>
      this.targetsByCampaign.move((after ?? before)?.id ?? '', liveCampaignOf(before), liveCampaignOf(after)),
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

  /** Since it was last compared with the database, ms; null: never yet. */
  get comparedAgoMs(): number | null {
    return this.comparedAt === null ? null : performance.now() - this.comparedAt;
  }

  onChange(listener: (change: CatalogueChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Brings memory up to the database's version as it is now; true when something changed. A call during a read gets the
   * next one: the read under way may have begun before what its caller knows of. Calls that wait share that next one.
   */
  refresh(): Promise<boolean> {
    if (!this.refreshing) {
      this.refreshing = this.compare().finally(() => (this.refreshing = null));
      return this.refreshing;
    }
    this.nextRefresh ??= this.refreshing
      .catch(() => false)
      .then(() => {
        this.nextRefresh = null;
        return this.refresh();
      });
    return this.nextRefresh;
  }

  /** Null while memory holds no whole version that came from the database. */
  snapshot(): CatalogueSnapshot | null {
    if (this.content !== 'database') return null;
    const tables = this.tables.map(({ name, columns, rows }) => ({ name, columns, rows: [...rows.values()] }));
    return { version: this.currentVersion, tables };
  }

  /** Fills an empty catalogue from a snapshot of the same tables and columns, for as long as the database is away: the
   *  next `refresh` that reaches it reads everything again. False when this is not possible or no longer needed. */
  restore(snapshot: CatalogueSnapshot): boolean {
    if (this.content !== 'nothing' || snapshot.version < 1) return false;
    const kept = new Map(snapshot.tables.map((table) => [table.name, table]));
    const isAlike = this.tables.every(({ name, columns }) => kept.get(name)?.columns.join() === columns.join());
    if (!isAlike) return false;
    for (const table of this.tables) table.putAll(kept.get(table.name)?.rows as Iterable<{ id: number | string }>);
    this.currentVersion = snapshot.version;
    this.content = 'copy';
    return true;
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

  private async compare(): Promise<boolean> {
    const isChanged = await this.readChanges();
    this.comparedAt = performance.now();
    return isChanged;
  }

  private async readChanges(): Promise<boolean> {
    const [row] = await this.database.query<{ version: number }>('select version from catalog.catalogue_version');
    if (row?.version === this.currentVersion && this.content === 'database') return false;
    return this.database.transaction(async (manager) => {
      await manager.query('set transaction isolation level repeatable read read only');
      const { version, oldest } = await readVersion(manager);
      if (version === this.currentVersion && this.content === 'database') return false;
      // Going back means another database (a restore), and a copy may be of one: only a full read is right then.
      const isFull = this.content !== 'database' || oldest > this.currentVersion + 1 || version < this.currentVersion;
      const changes = isFull ? await this.readAllRows(manager) : await this.readChangedRows(manager);
      // In one go: nobody sees an org of one version beside a service of another.
      for (const apply of changes) apply();
      this.currentVersion = version;
      this.content = 'database';
      return true;
    });
  }

  private async readAllRows(manager: EntityManager): Promise<(() => void)[]> {
    const changes: (() => void)[] = [];
    for (const table of this.tables) changes.push(await table.readAll(manager));
    return changes;
  }

  private async readChangedRows(manager: EntityManager): Promise<(() => void)[]> {
    const changed: { table_name: string; ids: string[] }[] = await manager.query(
      `select table_name, array_agg(distinct row_id) as ids from catalog.catalogue_changes
        where version > $1 group by table_name`,
      [this.currentVersion],
    );
    const changes: (() => void)[] = [];
    for (const table of this.tables) {
      const change = changed.find(({ table_name }) => table_name === table.name);
      if (change) changes.push(await table.readSome(manager, change.ids));
    }
    return changes;
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

/** `oldest`: first version whose changes are still kept; past the newest one when none are. */
async function readVersion(manager: EntityManager): Promise<{ version: number; oldest: number }> {
  const rows: { version: number; oldest: number | null }[] = await manager.query(
    `select v.version, (select min(c.version) from catalog.catalogue_changes c) as oldest from catalog.catalogue_version v`,
  );
  const row = rows[0];
  if (!row) throw new Error('catalogue_version has no row');
  return { version: row.version, oldest: row.oldest ?? row.version + 1 };
}

/** A target deleted by mark takes no more mail. */
const liveCampaignOf = (target: CatalogueTarget | undefined): number | null =>
  target && !target.deletedAt ? target.campaignId : null;

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
