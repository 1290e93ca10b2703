import { newApiToken } from '@groundswell/crypto';
import { hasPermission, roleOfMask } from '@groundswell/domain';
import { Database, type User } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { viewPrivateOrg, type OrgView } from '../orgs/org.view';
import { MembershipRepository } from './membership.repository';
import { requireViewer } from './permission-guard';
import { UserRepository } from './user.repository';

const tokenLifeMs = 30 * 24 * 60 * 60 * 1_000;

export interface UserView {
  id: number;
  email: string;
  phone: string | null;
  pictureUrl: string | null;
  jobTitle: string | null;
  isAdmin: boolean;
}

/** Accounts as their owners see them. */
@Injectable()
export class UserService {
  constructor(
    private readonly database: Database,
    private readonly catalogue: CatalogueLookup,
    @Inject(RequestAuthenticator) private readonly authenticator: RequestAuthenticator,
  ) {}

  async current(caller: Viewer | null): Promise<UserView> {
    const { userId } = requireViewer(caller);
    const user = await this.database.run((manager) => new UserRepository(manager).findById(userId));
    if (!user) throw new ApiError('unauthorized', 'Authentication is required for this API call');
    return viewUser(user);
  }

  /** Only the caller's own; null without a token that still works. */
  async apiToken(userId: number, caller: Viewer | null): Promise<{ expiresAt: Date } | null> {
    if (caller?.userId !== userId) return null;
    const seenAt = await this.database.run((manager) => new UserRepository(manager).apiTokenSeenAt(userId));
    const expiresAt = seenAt && new Date(seenAt.getTime() + tokenLifeMs);
    return expiresAt && expiresAt.getTime() > Date.now() ? { expiresAt } : null;
  }

  /** Each org private, with what hangs below it decided by that membership (graphql-api.md §3). */
  async roles(userId: number, caller: Viewer | null): Promise<{ org: OrgView; role: string }[]> {
    const memberships = await this.database.run((manager) => new MembershipRepository(manager).allOfUser(userId));
    const viewer = caller?.userId === userId ? caller : null;
    const orgs = await Promise.all(memberships.map(({ orgId }) => this.catalogue.findOrgById(orgId)));
    return memberships.flatMap((membership, index) => {
      const org = orgs[index];
      return org ? { org: viewPrivateOrg(org, { viewer, membership }), role: roleOfMask(membership.perms) } : [];
    });
  }

  async resetApiToken(caller: Viewer | null): Promise<string> {
    const { userId } = requireViewer(caller);
    const { token, hash } = newApiToken();
    await this.database.transaction(async (manager) => {
      await new UserRepository(manager).replaceApiToken(userId, hash);
      const note = { resource: 'user', resourceId: String(userId), changeset: { operation: 'resetApiToken' } };
      await new AuditRepository(manager).insert(String(userId), [note]);
    });
    this.authenticator.forgetUser(userId);
    return token;
  }
}

const viewUser = (user: User): UserView => ({
  id: user.id,
  email: user.email,
  phone: user.phone,
  pictureUrl: user.pictureUrl,
  jobTitle: user.jobTitle,
  isAdmin: hasPermission(user.perms, 'instance_owner'),
});
