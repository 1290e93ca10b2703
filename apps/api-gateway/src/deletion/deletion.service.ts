import type { CatalogueCampaign, CataloguePage } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiError, InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { oneIdentifier } from '../catalogue-writing/one-identifier';
import { requireStillThere } from '../catalogue-writing/still-there';
import type { WriteEffects } from '../catalogue-writing/write-effects';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { DeletionRepository } from './deletion.repository';

export interface PageToDelete {
  id?: number | null;
  name?: string | null;
}

export interface CampaignToDelete extends PageToDelete {
  externalId?: number | null;
}

const hasActionData = (): InputError => InputError.at(['actions'], 'has action data');
const hasActionPages = (): InputError => InputError.at(['actionPages'], 'has action pages');

/**
 * Deleting pages, campaigns and orgs (graphql-api.md §5.1, §5.2, §5.5): the checks, then a mark on everything that goes,
 * in one transaction. Deleting again finds nothing.
 */
@Injectable()
export class DeletionService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  async deletePage(caller: Viewer | null, { id, name }: PageToDelete): Promise<'SUCCESS'> {
    const page: CataloguePage = await this.lookup.page(oneIdentifier<number | string>(id, name));
    const viewer = requireAnyOf(await this.access.toOrg(caller, page.orgId), 'manage_action_pages');
    return this.mark(viewer, { pageId: page.id }, async (deletions, audit) => {
      if (await deletions.haveRealActions([page.id])) throw hasActionData();
      audit('deleteActionPage', { action_page: await deletions.markPages([page.id]) }, page.orgId);
    });
  }

  /** With the lead's own pages; a partner's page is not the lead's to delete. */
  async deleteCampaign(caller: Viewer | null, by: CampaignToDelete): Promise<'SUCCESS'> {
    const campaign = await this.findCampaign(by);
    const viewer = requireAnyOf(await this.access.toCampaign(caller, campaign), 'manage_campaigns');
    return this.mark(viewer, { campaignId: campaign.id }, async (deletions, audit) => {
      const pages = await deletions.pagesOfCampaign(campaign.id);
      const own = pages.filter(({ orgId }) => orgId === campaign.orgId).map(({ pageId }) => pageId);
      if (await deletions.haveRealActions(own)) throw hasActionData();
      if (pages.length > own.length) throw hasActionPages();
      const marked = {
        action_page: await deletions.markPages(own),
        campaign: await deletions.markCampaign(campaign.id),
      };
      audit('deleteCampaign', marked, campaign.orgId);
    });
  }

  /** With its pages, wherever they are, and its campaigns, unless a partner has a page there. */
  async deleteOrg(caller: Viewer | null, name: string): Promise<'SUCCESS'> {
    const org = await this.lookup.org(name);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'org_owner');
    const instanceName = this.surroundings.settings.instanceOrgName;
    if (org.name.toLowerCase() === instanceName.toLowerCase()) {
      throw new ApiError('bad_arg', 'The instance org cannot be deleted');
    }
    return this.mark(viewer, { orgId: org.id }, async (deletions, audit) => {
      const pages = await deletions.pagesOfOrg(org.id);
      const pageIds = pages.map(({ pageId }) => pageId);
      const isShared = pages.some(({ orgId }) => orgId !== org.id);
      if (isShared || (await deletions.haveRealActions(pageIds))) throw hasActionPages();
      const marked = {
        action_page: await deletions.markPages(pageIds),
        campaign: await deletions.markCampaignsOf(org.id),
        org: await deletions.markOrg(org.id),
      };
      audit('deleteOrg', marked, org.id);
    });
  }

  private findCampaign({ id, name, externalId }: CampaignToDelete): Promise<CatalogueCampaign> {
    const identifier = oneIdentifier<number | string>(id, name, externalId);
    return externalId == null ? this.lookup.campaign(identifier) : this.lookup.campaignByExternalId(externalId);
  }

  private async mark(
    viewer: Viewer,
    subject: Parameters<typeof requireStillThere>[1],
    work: (deletions: DeletionRepository, audit: AuditMarks) => Promise<void>,
  ): Promise<'SUCCESS'> {
    await this.writer.write(viewer, async (manager: EntityManager, effects) => {
      await requireStillThere(manager, subject);
      await work(new DeletionRepository(manager), auditInto(effects));
    });
    return 'SUCCESS';
  }
}

/** One audit entry for each marked row, by kind of row. */
type AuditMarks = (operation: string, marked: Record<string, number[]>, orgId: number | null) => void;

const auditInto =
  (effects: WriteEffects): AuditMarks =>
  (operation, marked, orgId) => {
    for (const [resource, ids] of Object.entries(marked)) {
      for (const id of ids) effects.audit(resource, id, { operation, orgId });
    }
  };
