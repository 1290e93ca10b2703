import { roleOfMask } from '@groundswell/domain';
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
  async allOfUsers(userIds: number[]): Promise<Map<number, Membership[]>> {
    const staffers: Staffer[] = await this.manager.query(
      `select s.id, s.user_id as "userId", s.org_id as "orgId", s.perms
         from catalog.staffers s join catalog.orgs o on o.id = s.org_id
        where s.user_id = any($1::bigint[]) and o.deleted_at is null order by s.org_id`,
      [userIds],
    );
    const byUser = new Map<number, Membership[]>();
    for (const staffer of staffers) {
      byUser.set(staffer.userId, [...(byUser.get(staffer.userId) ?? []), toMembership(staffer)]);
    }
    return byUser;
  }

  /** Where the user signed in last; null when they belong to no org. */
  async latestOfUser(userId: number): Promise<Membership | null> {
    const [staffer]: Staffer[] = await this.manager.query(
      `select s.id, s.org_id as "orgId", s.perms
         from catalog.staffers s join catalog.orgs o on o.id = s.org_id
        where s.user_id = $1 and o.deleted_at is null
        order by s.last_signin_at desc nulls last, s.id desc limit 1`,
      [userId],
    );
    return staffer ? toMembership(staffer) : null;
  }

  /** In every org: a login is to none of them in particular. */
  async noteSignIn(userId: number): Promise<void> {
    await this.manager.query('update catalog.staffers set last_signin_at = now() where user_id = $1', [userId]);
  }

  async countOwners(orgId: number): Promise<number> {
    const staffers = await this.manager.find(Staffer, { where: { orgId } });
    return staffers.filter(({ perms }) => roleOfMask(perms) === 'owner').length;
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

  async setPerms(staffId: number, perms: number): Promise<void> {
    await this.manager.update(Staffer, { id: staffId }, { perms, updatedAt: () => 'now()' });
  }

  async delete(staffId: number): Promise<void> {
    await this.manager.delete(Staffer, { id: staffId });
  }
}

const toMembership = ({ id, orgId, perms }: Pick<Staffer, 'id' | 'orgId' | 'perms'>): Membership => ({
  staffId: id,
  orgId,
  perms,
});
