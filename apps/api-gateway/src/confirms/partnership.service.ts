import type { CatalogueCampaign, Confirm } from '@groundswell/persistence';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Access } from '../auth/access';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { viewOrg, type OrgView } from '../orgs/org.view';
import { viewPage, type PageView } from '../pages/page.view';
import { UserService } from '../users/user.service';
import type { UserView } from '../users/user.view';
import { ConfirmRepository } from './confirm.repository';
import { viewConfirm, type ConfirmView } from './confirm.view';

/** Another org with pages in a campaign, as the lead's staff sees it. */
export interface PartnershipView {
  org: OrgView;
  actionPages: PageView[];
  campaignId: number;
}

/** Who else takes part in a campaign, and what they ask for (graphql-api.md §7.6). */
@Injectable()
export class PartnershipService {
  private readonly openLaunches = new BatchedLookup<number, Confirm[]>((ids) => this.readLaunches(ids));

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly users: UserService,
  ) {}

  /** By id of the partner; null for all but the lead's staff. */
  of(campaign: CatalogueCampaign, access: Access): PartnershipView[] | null {
    if (access.membership === null || access.membership.orgId !== campaign.orgId) return null;
    const byOrg = new Map<number, PageView[]>();
    for (const page of this.lookup.pagesOfCampaign(campaign.id)) {
      if (page.orgId === campaign.orgId) continue;
      byOrg.set(page.orgId, [...(byOrg.get(page.orgId) ?? []), viewPage(page, campaign, access)]);
    }
    return [...byOrg]
      .sort(([a], [b]) => a - b)
      .map(([orgId, actionPages]) => ({
        org: viewOrg(this.lookup.orgById(orgId), access),
        actionPages,
        campaignId: campaign.id,
      }));
  }

  /** Those the lead may still accept. */
  async launchRequests(partnership: PartnershipView): Promise<ConfirmView[]> {
    return (await this.launchesOf(partnership)).map(viewConfirm);
  }

  async launchRequesters(partnership: PartnershipView): Promise<UserView[]> {
    const creators = new Set((await this.launchesOf(partnership)).map(({ creatorId }) => creatorId));
    const users = await Promise.all([...creators].map((id) => this.users.byId(id)));
    return users.filter((user) => user !== null);
  }

  private async launchesOf({ campaignId, actionPages }: PartnershipView): Promise<Confirm[]> {
    const pageIds = new Set<number | null>(actionPages.map(({ id }) => id));
    const launches = (await this.openLaunches.get(campaignId)) ?? [];
    return launches.filter(({ objectId }) => pageIds.has(objectId));
  }

  private async readLaunches(campaignIds: number[]): Promise<Map<number, Confirm[]>> {
    const confirms = await this.database.run((manager) => new ConfirmRepository(manager).openLaunchesOf(campaignIds));
    const byCampaign = new Map<number, Confirm[]>();
    for (const one of confirms) byCampaign.set(one.subjectId, [...(byCampaign.get(one.subjectId) ?? []), one]);
    return byCampaign;
  }
}
