import { newApiToken } from '@groundswell/crypto';
import { hasPermission, roleOfMask } from '@groundswell/domain';
import { Database, type User } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Membership, Viewer } from '../auth/access';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { givenNames } from '../catalogue-writing/input-attributes';
import { oneIdentifier } from '../catalogue-writing/one-identifier';
import { viewOrg, viewPrivateOrg, type OrgView } from '../orgs/org.view';
import { MembershipRepository } from './membership.repository';
import { requireAnyOf, requireViewer } from './permission-guard';
import { readUserDetails, type SelectUser, type UserDetailsInput } from './user-input';
import { UserRepository } from './user.repository';
import { managesUsers, seesWholeAccount, viewUser, type UserView } from './user.view';

const tokenLifeMs = 30 * 24 * 60 * 60 * 1_000;

export interface UserIdentifier {
  id?: number | null;
  email?: string | null;
}

/** Accounts: one's own, and all of them for whoever manages users (graphql-api.md §4, §5.4). */
@Injectable()
export class UserService {
  private readonly memberships = new BatchedLookup<number, Membership[]>((userIds) =>
    this.database.run((manager) => new MembershipRepository(manager).allOfUsers(userIds)),
  );
  private readonly accounts = new BatchedLookup<number, User>((userIds) =>
    this.database.run((manager) => new UserRepository(manager).findByIds(userIds)),
  );
  private readonly tokensSeenAt = new BatchedLookup<number, Date>((userIds) =>
    this.database.run((manager) => new UserRepository(manager).apiTokensSeenAt(userIds)),
  );

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

  /** By id; conditions are combined with AND, without any it is everyone. */
  async list(caller: Viewer | null, select: SelectUser): Promise<UserView[]> {
    requireAnyOf({ viewer: caller, membership: null }, 'manage_users');
    const users = await this.database.run((manager) => new UserRepository(manager).select(select));
    return users.map(viewUser);
  }

  /** Null for an account that is gone. Many asked for together cost one statement. */
  async byId(userId: number | null): Promise<UserView | null> {
    const user = userId === null ? undefined : await this.accounts.get(userId);
    return user ? viewUser(user) : null;
  }

  isAdmin({ row }: UserView, caller: Viewer | null): boolean {
    return seesWholeAccount(caller, row.id) && hasPermission(row.perms, 'instance_owner');
  }

  /** Only the caller's own, however often they stand in a list; null without a token that still works. */
  async apiToken(userId: number, caller: Viewer | null): Promise<{ expiresAt: Date } | null> {
    if (caller?.userId !== userId) return null;
    const seenAt = await this.tokensSeenAt.get(userId);
    const expiresAt = seenAt && new Date(seenAt.getTime() + tokenLifeMs);
    return expiresAt && expiresAt.getTime() > Date.now() ? { expiresAt } : null;
  }

  /** One's own orgs are private, with what hangs below decided by that membership (graphql-api.md §3). Of others, whoever
   *  does not manage users sees the roles in orgs both belong to. */
  async roles(userId: number, caller: Viewer | null): Promise<{ org: OrgView; role: string }[]> {
    const [theirs, mine] = await Promise.all([
      this.memberships.get(userId),
      caller && caller.userId !== userId ? this.memberships.get(caller.userId) : undefined,
    ]);
    const orgs = await Promise.all((theirs ?? []).map(({ orgId }) => this.catalogue.findOrgById(orgId)));
    return (theirs ?? []).flatMap((membership, index) => {
      const org = orgs[index];
      const shared = mine?.find(({ orgId }) => orgId === membership.orgId) ?? null;
      if (!org || (!shared && !seesWholeAccount(caller, userId))) return [];
      const isOwn = caller?.userId === userId;
      const view = isOwn
        ? viewPrivateOrg(org, { viewer: caller, membership })
        : viewOrg(org, { viewer: caller, membership: shared });
      return [{ org: view, role: roleOfMask(membership.perms) }];
    });
  }

  /** The caller's own details, or with an identifier another user's. */
  async update(caller: Viewer | null, { id, email }: UserIdentifier, input: UserDetailsInput): Promise<UserView> {
    const viewer = requireViewer(caller);
    const identifier = id == null && email == null ? viewer.userId : oneIdentifier<number | string>(id, email);
    if ((id != null || email != null) && !managesUsers(viewer)) {
      const text = 'Only admin with manage_users permission can modify other users';
      throw new ApiError('permission_denied', text, { required: ['manage_users'] });
    }
    const user = await this.database.transaction(async (manager) => {
      const users = new UserRepository(manager);
      const found = await users.find(identifier);
      if (!found) throw new ApiError('not_found', 'User not found');
      const changes = readUserDetails(input);
      await users.update(found.id, changes);
      const changeset = { operation: 'updateUser', attributes: givenNames(input) };
      const note = { resource: 'user', resourceId: String(found.id), changeset };
      await new AuditRepository(manager).insert(String(viewer.userId), [note]);
      return { ...found, ...changes };
    });
    return viewUser(user);
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
