import { hasPermission, type ConfirmOperation, type Permission } from '@groundswell/domain';
import type { Catalogue, CatalogueCampaign, CatalogueOrg, CataloguePage, Confirm } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { ApiError } from '../api/api-error';
import type { Access, Membership, Viewer } from '../auth/access';
import type { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { requireStillThere } from '../catalogue-writing/still-there';
import type { WriteEffects } from '../catalogue-writing/write-effects';
import { MembershipRepository } from '../users/membership.repository';
import { requireStaffer, requireViewer } from '../users/permission-guard';
import { UserRepository } from '../users/user.repository';
import { launchPages } from './launching';
import { insertPartnerPage } from './partner-page';

/** What an accepted confirm has made; the transaction's own rows, so ids only. */
export interface Accepted {
  /** False: nothing was left to do. */
  isChanged: boolean;
  pageId?: number;
  membership?: Membership;
}

export interface Accepting {
  manager: EntityManager;
  effects: WriteEffects;
}

/** One kind of confirm: who may decide it, and what accepting it does (graphql-api.md §5.8). All throw ApiError. */
interface Operation {
  requireEntitled(confirm: Confirm, access: Access): Promise<void>;
  /** Looks up what accepting needs; what it answers runs in the transaction, under the catalogue's lock. */
  prepare(confirm: Confirm, access: Access): Promise<(accepting: Accepting) => Promise<Accepted>>;
}

export type CatalogueOperation = Exclude<ConfirmOperation, 'confirm_action'>;

/** The operations on catalogue rows. */
export class ConfirmOperations implements Record<CatalogueOperation, Operation> {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'templatesOfOrg'>,
    private readonly lookup: CatalogueLookup,
  ) {}

  readonly launch_page: Operation = {
    requireEntitled: async (confirm, access) => {
      requireStafferOf((await this.campaign(confirm.subjectId)).orgId, access, 'manage_campaigns');
    },
    prepare: async (confirm, access) => {
      const campaign = await this.campaign(confirm.subjectId);
      const page = await this.page(confirm.objectId);
      const org = await this.org(page.orgId);
      return async ({ manager, effects }) => {
        await requireStillThere(manager, { pageId: page.id, campaignId: campaign.id });
        const email = await askedBy(manager, confirm, access);
        const launch = { pages: [page], org, campaign, email };
        const launched = await launchPages(manager, effects, this.catalogue, launch);
        return { isChanged: launched.length > 0, pageId: page.id };
      };
    },
  };

  readonly join_campaign: Operation = {
    requireEntitled: async (confirm, access) => {
      requireStafferOf((await this.campaign(confirm.objectId)).orgId, access, 'manage_campaigns');
    },
    prepare: async (confirm, access) => {
      const campaign = await this.campaign(confirm.objectId);
      const org = await this.org(confirm.subjectId);
      const pages = this.lookup.pagesOfCampaign(campaign.id).filter(({ orgId }) => orgId === org.id);
      return async ({ manager, effects }) => {
        await requireStillThere(manager, { orgId: org.id, campaignId: campaign.id });
        const email = await askedBy(manager, confirm, access);
        const launched = await launchPages(manager, effects, this.catalogue, { pages, org, campaign, email });
        return { isChanged: launched.length > 0 };
      };
    },
  };

  readonly add_partner: Operation = {
    requireEntitled: async (_confirm, access) => requireStafferOf(null, access, 'manage_action_pages'),
    prepare: async (confirm, access) => {
      const source = await this.page(confirm.subjectId);
      const partner = await this.org(access.membership?.orgId ?? null);
      return async ({ manager }) => {
        await requireStillThere(manager, { orgId: partner.id, campaignId: source.campaignId, pageId: source.id });
        return { isChanged: true, pageId: await insertPartnerPage(manager, source, partner) };
      };
    },
  };

  readonly add_staffer: Operation = {
    requireEntitled: async (confirm, access) => requireInvited(confirm, requireViewer(access.viewer)),
    prepare: async ({ subjectId: orgId, objectId }, { viewer }) => {
      const { userId } = requireViewer(viewer);
      // Known here before anything is written: the answer shows it.
      await this.lookup.findOrgById(orgId);
      return async ({ manager }) => {
        await requireOrgThere(manager, orgId);
        const members = new MembershipRepository(manager);
        const [known] = await members.ofUser(userId, [orgId]);
        if (known) throw new ApiError('staffer_exists', 'staffer_exists');
        return { isChanged: true, membership: await members.insert(userId, orgId, objectId ?? 0) };
      };
    },
  };

  private async campaign(id: number | null): Promise<CatalogueCampaign> {
    const campaign = id === null ? null : await this.lookup.findCampaign(id);
    if (!campaign) throw new ApiError('not_found', 'campaign not found');
    return campaign;
  }

  private async page(id: number | null): Promise<CataloguePage> {
    const page = id === null ? null : await this.lookup.findPage(id);
    if (!page) throw new ApiError('not_found', 'action page not found');
    return page;
  }

  private async org(id: number | null): Promise<CatalogueOrg> {
    const org = id === null ? null : await this.lookup.findOrgById(id);
    if (!org) throw new ApiError('not_found', 'Org not found');
    return org;
  }
}

const insufficient = (required: Permission[]): ApiError =>
  new ApiError('permission_denied', 'User does not have sufficient permissions', { required });

/** `orgId` null: of any org. The permission counts on the membership alone: instance owners have no way around it. */
function requireStafferOf(orgId: number | null, access: Access, permission: Permission): void {
  const membership = requireStaffer(access);
  const isRightOrg = orgId === null || membership?.orgId === orgId;
  if (!isRightOrg || !hasPermission(membership?.perms ?? 0, permission)) throw insufficient([permission]);
}

/** An emailed invitation is for the account with that address, whoever else has the code. */
function requireInvited(confirm: Confirm, viewer: Viewer): void {
  if (confirm.email?.toLowerCase() !== viewer.email.toLowerCase()) throw insufficient([]);
}

async function requireOrgThere(manager: EntityManager, orgId: number): Promise<void> {
  const query = 'select from catalog.orgs where id = $1 and deleted_at is null';
  const rows: unknown[] = await manager.query(query, [orgId]);
  if (rows.length === 0) throw new ApiError('org_not_found', 'org_not_found');
}

/** Whoever asked, else whoever accepts: the account that asked may be gone. */
async function askedBy(manager: EntityManager, { creatorId }: Confirm, { viewer }: Access): Promise<string> {
  const creator = creatorId === null ? null : await new UserRepository(manager).findById(creatorId);
  return creator?.email ?? viewer?.email ?? '';
}
