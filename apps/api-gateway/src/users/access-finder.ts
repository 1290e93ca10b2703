import { Database, type CatalogueCampaign, type CataloguePage } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Access, Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { MembershipRepository } from './membership.repository';

/**
 * Finds the caller's membership in the org a root field is about (graphql-api.md §2.3). Anonymous callers cost no
 * database round trip. Asked anew for each root field, so a membership made by an earlier mutation of the same document
 * holds for the next.
 */
@Injectable()
export class AccessFinder {
  constructor(
    private readonly database: Database,
    private readonly catalogue: CatalogueLookup,
  ) {}

  toOrg(viewer: Viewer | null, orgId: number | null): Promise<Access> {
    return this.toFirstOf(viewer, orgId === null ? [] : [orgId]);
  }

  /** By the lead org. */
  toCampaign(viewer: Viewer | null, campaign: CatalogueCampaign): Promise<Access> {
    return this.toOrg(viewer, campaign.orgId);
  }

  /** By the page's org, else by the lead of its campaign: its staff see the private view too (§3). */
  toPage(viewer: Viewer | null, page: CataloguePage): Promise<Access> {
    const leadId = this.catalogue.campaignById(page.campaignId).orgId;
    return this.toFirstOf(viewer, leadId === null ? [page.orgId] : [page.orgId, leadId]);
  }

  private async toFirstOf(viewer: Viewer | null, orgIds: number[]): Promise<Access> {
    if (!viewer || orgIds.length === 0) return { viewer, membership: null };
    const found = await this.database.run((manager) => new MembershipRepository(manager).ofUser(viewer.userId, orgIds));
    const membership = orgIds.map((id) => found.find(({ orgId }) => orgId === id)).find(Boolean) ?? null;
    return { viewer, membership };
  }
}
