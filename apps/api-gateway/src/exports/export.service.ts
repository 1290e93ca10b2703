import { ReferenceRecipe } from '@groundswell/crypto';
import {
  ActionExportReadModel,
  Catalogue,
  Database,
  exportedPages,
  type ExportCriteria,
  type ExportedAction,
} from '@groundswell/persistence';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { ACCEPTING_SETTINGS, type AcceptingSettings } from '../accepting/accepting.module';
import type { Access, Viewer } from '../auth/access';
import { viewCampaign } from '../campaigns/campaign.view';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { WriteEffects } from '../catalogue-writing/write-effects';
import { viewPage } from '../pages/page.view';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { viewAction, type ActionSurroundings, type ActionView } from './action.view';
import { ExportMetrics } from './export-metrics';
import { exportCriteria, type ExportArguments, type ExportKind } from './export-criteria';
import { keyIdsOf } from './key-ids';
import { Thrift } from './thrift';

/** Actions and contacts for the org they were given to (graphql-api.md §4). */
@Injectable()
export class ExportService {
  private readonly readModel: ActionExportReadModel;
  private readonly recipe: ReferenceRecipe;
  private readonly thrift = new Thrift();

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    @Inject(ACCEPTING_SETTINGS) settings: AcceptingSettings,
    @Optional() private readonly metrics?: ExportMetrics,
  ) {
    this.readModel = new ActionExportReadModel(database);
    this.recipe = new ReferenceRecipe(settings.fingerprintSeed, settings.formerSeeds);
  }

  /** One page; the audit entry is there before the answer. */
  async list(caller: Viewer | null, kind: ExportKind, args: ExportArguments): Promise<ActionView[]> {
    const startedAt = performance.now();
    const org = await this.lookup.org(args.orgName);
    const access = await this.access.toOrg(caller, org.id);
    const viewer = requireAnyOf(access, 'export_contacts');
    const campaignId = await this.campaignIdOf(args);
    const criteria = exportCriteria(kind, args, { orgId: org.id, campaignId: campaignId ?? null }, (email) =>
      this.recipe.allRefsOf(email),
    );
    this.thrift.begin();
    // A page another replica made a moment ago must not be left out.
    await this.catalogue.refresh();
    const rows =
      campaignId === undefined
        ? []
        : await this.readModel.page(criteria, exportedPages(this.catalogue, org.id, campaignId));
    await this.audit(viewer, kind, criteria, rows.length);
    const views = this.view(rows, access);
    this.metrics?.count(org.id, performance.now() - startedAt);
    return views;
  }

  /** Undefined: a campaign that does not exist, so nothing is in it. */
  private async campaignIdOf({ campaignName, campaignId }: ExportArguments): Promise<number | null | undefined> {
    if (campaignName == null) return campaignId ?? null;
    return (await this.lookup.findCampaign(campaignName))?.id;
  }

  /** Rows of one page share what they name. Pages deleted by mark are there until their actions are gone. */
  private view(rows: ExportedAction[], access: Access): ActionView[] {
    const surroundings = new Map<number, ActionSurroundings>();
    return rows.map((row) => {
      let around = surroundings.get(row.pageId);
      if (!around) surroundings.set(row.pageId, (around = this.surroundingsOf(row, access)));
      return viewAction(row, around);
    });
  }

  private surroundingsOf({ pageId, campaignId }: ExportedAction, access: Access): ActionSurroundings {
    const page = this.catalogue.pages.get(pageId);
    const campaign = this.catalogue.campaigns.get(campaignId);
    if (!page || !campaign) throw new Error(`page ${pageId} or campaign ${campaignId} of an action is gone`);
    return {
      campaign: viewCampaign(campaign, access),
      actionPage: viewPage(page, campaign, access),
      keyOf: (id) => keyIdsOf(this.catalogue, id),
    };
  }

  private async audit(viewer: Viewer, kind: ExportKind, criteria: ExportCriteria, count: number): Promise<void> {
    const effects = new WriteEffects();
    const { orgId, campaignId, start, limit, fingerprints: person } = criteria;
    effects.audit('export', orgId, { operation: kind, orgId, campaignId, start, limit, ofOne: person !== null, count });
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), effects.audits));
  }
}
