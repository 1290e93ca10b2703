import { Staffer } from '@groundswell/persistence';
import { In, type EntityManager } from 'typeorm';
import type { Membership } from '../auth/access';

export interface OrgMember {
  orgId: number;
  email: string;
  perms: number;
  createdAt: Date;
  joinedAt: Date;
  lastSigninAt: Date | null;
}

/** Who belongs to which org. */
export class MembershipRepository {
  constructor(private readonly manager: EntityManager) {}

  async ofUser(userId: number, orgIds: number[]): Promise<Membership[]> {
    const staffers = await this.manager.find(Staffer, { where: { userId, orgId: In(orgIds) } });
    return staffers.map(toMembership);
  }

  /** By id of the org; orgs that are gone are left out. */
  async allOfUser(userId: number): Promise<Membership[]> {
    const staffers: Staffer[] = await this.manager.query(
      `select s.id, s.org_id as "orgId", s.perms from catalog.staffers s join catalog.orgs o on o.id = s.org_id
        where s.user_id = $1 and o.deleted_at is null order by s.org_id`,
      [userId],
    );
    return staffers.map(toMembership);
  }

  async membersOf(orgIds: number[]): Promise<OrgMember[]> {
    return this.manager.query(
      `select s.org_id as "orgId", u.email, s.perms, u.inserted_at as "createdAt", s.inserted_at as "joinedAt",
              s.last_signin_at as "lastSigninAt"
         from catalog.staffers s join catalog.users u on u.id = s.user_id
        where s.org_id = any($1::bigint[]) order by s.id`,
      [orgIds],
    );
  }

  async insert(userId: number, orgId: number, perms: number): Promise<Membership> {
    const inserted = await this.manager.insert(Staffer, { userId, orgId, perms });
    return { staffId: Number(inserted.identifiers[0]?.['id']), orgId, perms };
  }
}

const toMembership = ({ id, orgId, perms }: Pick<Staffer, 'id' | 'orgId' | 'perms'>): Membership => ({
  staffId: id,
  orgId,
  perms,
});
