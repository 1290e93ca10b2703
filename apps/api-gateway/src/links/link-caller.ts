import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { anonymous, type Access, type Viewer } from '../auth/access';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { MembershipRepository } from '../users/membership.repository';
import type { FollowedLink } from './link-request';

/** Who follows a link: the signed-in user, as staff of the org they name, else where they signed in last. */
@Injectable()
export class LinkCaller {
  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    @Inject(RequestAuthenticator) private readonly authenticator: RequestAuthenticator,
  ) {}

  /** Throws RefusedRequest for bad credentials. */
  async accessOf({ authorization, ip }: FollowedLink, orgName: string | null): Promise<Access> {
    const viewer = authorization === undefined ? null : await this.authenticator.viewerOf(authorization, ip);
    return viewer ? this.accessOfViewer(viewer, orgName) : anonymous;
  }

  async accessOfViewer(viewer: Viewer, orgName: string | null): Promise<Access> {
    const org = orgName === null ? null : await this.lookup.findOrg(orgName);
    const membership = await this.database.run(async (manager) => {
      const members = new MembershipRepository(manager);
      if (orgName === null) return members.latestOfUser(viewer.userId);
      return org ? ((await members.ofUser(viewer.userId, [org.id]))[0] ?? null) : null;
    });
    return { viewer, membership };
  }
}
