import type { CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import { Catalogue } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Access, Viewer } from '../auth/access';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { isInstanceOwner, requireAnyOf } from '../users/permission-guard';
import { ConfirmRequests, readEmail, readMessage } from './confirm-requests';
import { viewConfirm, type ConfirmView } from './confirm.view';
import { launchPages } from './launching';

type Message = string | null | undefined;

/** Pages going live, partners invited and asking to join (graphql-api.md §5.2, §11). */
@Injectable()
export class PartneringService {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    private readonly requests: ConfirmRequests,
  ) {}

  async launch(caller: Viewer | null, pageName: string, text: Message): Promise<'SUCCESS' | 'CONFIRMING'> {
    const page = await this.lookup.page(pageName);
    const campaign = await this.lookup.campaign(page.campaignId);
    const access = await this.launcher(caller, page, campaign);
    const viewer = requireAnyOf(access, 'manage_action_pages');
    const message = readMessage(text);
    const org = await this.org(page.orgId);
    const leadId = campaign.orgId;
    if (leadId === null) throw new ApiError('not_found', 'Org not found');
    if (page.orgId === leadId || access.membership?.orgId === leadId) {
      await this.launchAtOnce(viewer, page, org, campaign);
      return 'SUCCESS';
    }
    await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { pageId: page.id, campaignId: campaign.id });
      await this.requests.create(manager, effects, viewer, {
        mutation: 'launchActionPage',
        operation: 'launch_page',
        ...{ subjectId: campaign.id, objectId: page.id, email: null, message },
        askedOrgId: leadId,
        campaign,
        org,
      });
    });
    return 'CONFIRMING';
  }

  async invite(caller: Viewer | null, pageName: string, email: string, text: Message): Promise<ConfirmView> {
    const page = await this.lookup.page(pageName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, page.orgId), 'manage_action_pages');
    const invited = { email: readEmail(email), message: readMessage(text) };
    const confirm = await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { pageId: page.id });
      return this.requests.create(manager, effects, viewer, {
        mutation: 'invitePartner',
        operation: 'add_partner',
        ...{ subjectId: page.id, objectId: null, ...invited },
        askedOrgId: null,
      });
    });
    return viewConfirm(confirm);
  }

  /** The lead is in it already. */
  async requestJoin(
    caller: Viewer | null,
    orgName: string,
    campaignName: string,
    text: Message,
  ): Promise<'CONFIRMING' | 'NOOP'> {
    const org = await this.lookup.org(orgName);
    const campaign = await this.lookup.campaign(campaignName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'manage_action_pages');
    const message = readMessage(text);
    if (campaign.orgId === org.id) return 'NOOP';
    await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { orgId: org.id, campaignId: campaign.id });
      await this.requests.create(manager, effects, viewer, {
        mutation: 'requestJoinCampaign',
        operation: 'join_campaign',
        ...{ subjectId: org.id, objectId: campaign.id, email: null, message },
        askedOrgId: null,
      });
    });
    return 'CONFIRMING';
  }

  private async org(id: number): Promise<CatalogueOrg> {
    const org = await this.lookup.findOrgById(id);
    if (!org) throw entityNotFound();
    return org;
  }

  /** By the page's org; an instance owner outside of it acts as the member of the lead they may be. */
  private async launcher(caller: Viewer | null, page: CataloguePage, campaign: CatalogueCampaign): Promise<Access> {
    const access = await this.access.toOrg(caller, page.orgId);
    return access.membership === null && isInstanceOwner(access) ? this.access.toCampaign(caller, campaign) : access;
  }

  private async launchAtOnce(
    viewer: Viewer,
    page: CataloguePage,
    org: CatalogueOrg,
    campaign: CatalogueCampaign,
  ): Promise<void> {
    await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { pageId: page.id, campaignId: campaign.id });
      await launchPages(manager, effects, this.catalogue, { pages: [page], org, campaign, email: viewer.email });
      effects.audit('action_page', page.id, { operation: 'launchActionPage', orgId: page.orgId });
    });
  }
}
