import {
  findRole,
  hasPermission,
  mayAssignRole,
  mayChangeMember,
  roleMask,
  roleOfMask,
  type Role,
} from '@groundswell/domain';
import type { CatalogueOrg } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiError } from '../api/api-error';
import type { Access, Membership, Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { requireStillThere } from '../catalogue-writing/still-there';
import { ConfirmRequests, readEmail, readMessage } from '../confirms/confirm-requests';
import { viewConfirm, type ConfirmView } from '../confirms/confirm.view';
import { viewPrivateOrg, type OrgView } from '../orgs/org.view';
import { AccessFinder } from '../users/access-finder';
import { MembershipRepository } from '../users/membership.repository';
import { requireAnyOf } from '../users/permission-guard';
import { UserRepository } from '../users/user.repository';
import { managesUsers } from '../users/user.view';

export interface OrgUserInput {
  email: string;
  role: string;
}

interface Team {
  org: CatalogueOrg;
  access: Access;
  viewer: Viewer;
}

const lastOwner = 'The last owner of an organisation cannot be removed';

/** Who works for an org (graphql-api.md §5.4). Changes run one after another, so an org keeps an owner whatever happens
 *  at the same time. */
@Injectable()
export class MemberService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    private readonly requests: ConfirmRequests,
  ) {}

  async add(caller: Viewer | null, orgName: string, { email, role }: OrgUserInput): Promise<'SUCCESS' | 'NOOP'> {
    const team = await this.toTeam(caller, orgName, 'change_org_settings');
    return this.writer.write(team.viewer, async (manager, effects) => {
      const orgId = team.org.id;
      await requireStillThere(manager, { orgId });
      const { userId, membership } = await memberOf(manager, orgId, email);
      if (membership) return 'NOOP';
      const perms = roleMask[assignableRole(team, role)];
      const { staffId } = await new MembershipRepository(manager).insert(userId, orgId, perms);
      effects.audit('staffer', staffId, { operation: 'addOrgUser', orgId, userId, perms });
      return 'SUCCESS';
    });
  }

  /** The code goes to the address by mail; whoever invites sees it too. */
  async invite(
    caller: Viewer | null,
    orgName: string,
    input: OrgUserInput,
    text?: string | null,
  ): Promise<ConfirmView> {
    const team = await this.toTeam(caller, orgName, 'change_org_users');
    const objectId = roleMask[assignableRole(team, input.role)];
    const invited = { email: readEmail(input.email), message: readMessage(text) };
    const { org, viewer } = team;
    const confirm = await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { orgId: org.id });
      return this.requests.create(manager, effects, viewer, {
        mutation: 'inviteOrgUser',
        operation: 'add_staffer',
        ...{ subjectId: org.id, objectId, ...invited },
        askedOrgId: null,
        org,
      });
    });
    return viewConfirm(confirm);
  }

  async update(caller: Viewer | null, orgName: string, { email, role }: OrgUserInput): Promise<void> {
    const team = await this.toTeam(caller, orgName, 'change_org_settings');
    await this.writer.write(team.viewer, async (manager, effects) => {
      const orgId = team.org.id;
      const { userId, staffId, perms: before } = await requireMember(manager, orgId, email);
      const perms = roleMask[assignableRole(team, role)];
      requireChangeable(team, before);
      if (roleOfMask(perms) !== 'owner') await requireOtherOwner(manager, orgId, before);
      await new MembershipRepository(manager).setPerms(staffId, perms);
      effects.audit('staffer', staffId, { operation: 'updateOrgUser', orgId, userId, perms, before });
    });
  }

  /** Oneself only with the right to come back. */
  async remove(caller: Viewer | null, orgName: string, email: string): Promise<void> {
    const team = await this.toTeam(caller, orgName, 'change_org_settings');
    await this.writer.write(team.viewer, async (manager, effects) => {
      const orgId = team.org.id;
      const { userId, staffId, perms } = await requireMember(manager, orgId, email);
      if (userId === team.viewer.userId && !hasPermission(team.viewer.perms, 'join_orgs')) {
        throw new ApiError('permission_denied', 'You cannot remove yourself');
      }
      requireChangeable(team, perms);
      await requireOtherOwner(manager, orgId, perms);
      await new MembershipRepository(manager).delete(staffId);
      effects.audit('staffer', staffId, { operation: 'deleteOrgUser', orgId, userId, perms });
    });
  }

  /** An existing membership is raised. */
  async join(caller: Viewer | null, orgName: string): Promise<OrgView> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf({ viewer: caller, membership: null }, 'join_orgs');
    const membership = await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { orgId: org.id });
      const members = new MembershipRepository(manager);
      const [known] = await members.ofUser(viewer.userId, [org.id]);
      const perms = (known?.perms ?? 0) | roleMask.owner;
      if (known) await members.setPerms(known.staffId, perms);
      const joined = known ? { ...known, perms } : await members.insert(viewer.userId, org.id, perms);
      effects.audit('staffer', joined.staffId, { operation: 'joinOrg', orgId: org.id, userId: viewer.userId, perms });
      return joined;
    });
    return viewPrivateOrg(org, { viewer, membership });
  }

  private async toTeam(
    caller: Viewer | null,
    orgName: string,
    permission: 'change_org_settings' | 'change_org_users',
  ): Promise<Team> {
    const org = await this.lookup.org(orgName);
    const access = await this.access.toOrg(caller, org.id);
    const viewer = caller && managesUsers(caller) ? caller : requireAnyOf(access, permission);
    return { org, access, viewer };
  }
}

/** The account with that address, and its membership. */
async function memberOf(
  manager: EntityManager,
  orgId: number,
  email: string,
): Promise<{ userId: number; membership: Membership | null }> {
  const user = await new UserRepository(manager).find(email);
  if (!user) throw new ApiError('not_found', 'User does not exist');
  const [membership] = await new MembershipRepository(manager).ofUser(user.id, [orgId]);
  return { userId: user.id, membership: membership ?? null };
}

async function requireMember(manager: EntityManager, orgId: number, email: string) {
  const { userId, membership } = await memberOf(manager, orgId, email);
  if (!membership) throw new ApiError('not_found', 'User is not a member of this org');
  return { userId, ...membership };
}

/** Instance-wide managers of users give any role; staff only what they hold themselves. */
function assignableRole({ access, viewer }: Team, name: string): Role {
  const role = findRole(name);
  if (!role) throw new ApiError('not_found', 'No such role');
  if (!managesUsers(viewer) && !mayAssignRole(access.membership?.perms ?? 0, role)) throw tooHigh();
  return role;
}

function requireChangeable({ access, viewer }: Team, perms: number): void {
  if (!managesUsers(viewer) && !mayChangeMember(access.membership?.perms ?? 0, perms)) throw tooHigh();
}

const tooHigh = (): ApiError => new ApiError('permission_denied', 'User must have higher role');

/** Before somebody stops being owner. */
async function requireOtherOwner(manager: EntityManager, orgId: number, perms: number): Promise<void> {
  if (roleOfMask(perms) !== 'owner') return;
  if ((await new MembershipRepository(manager).countOwners(orgId)) > 1) return;
  throw new ApiError('permission_denied', lastOwner);
}
