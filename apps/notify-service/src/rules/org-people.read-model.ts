import type { EntityManager } from 'typeorm';
import { roleOfMask } from '@groundswell/domain';

export interface Recipient {
  /** Tells recipients apart without saying who they are. */
  key: string;
  email: string;
}

/** Who is told of an org's affairs. */
export class OrgPeopleReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** The people the rule names, as long as they are of the org; its owners when it names none, or none is left. */
  async recipients(orgId: number, addresses: readonly string[]): Promise<Recipient[]> {
    const staff = await this.staff(orgId);
    const named = new Set(addresses.map(normalised));
    const chosen = staff.filter(({ email }) => named.has(normalised(email)));
    const told = chosen.length > 0 ? chosen : staff.filter(({ perms }) => roleOfMask(perms) === 'owner');
    return told.map(({ userId, email }) => ({ key: String(userId), email }));
  }

  /** Places in the list of addresses that are nobody's of the org: its mails go to no strangers. */
  async strangers(orgId: number, addresses: readonly string[]): Promise<number[]> {
    if (addresses.length === 0) return [];
    const known = new Set((await this.staff(orgId)).map(({ email }) => normalised(email)));
    return addresses.flatMap((address, index) => (known.has(normalised(address)) ? [] : [index]));
  }

  private staff(orgId: number): Promise<{ userId: number; email: string; perms: number }[]> {
    return this.manager.query(
      `select s.user_id::int8 as "userId", a.email::text as email, s.perms
         from catalog.staffers s join catalog.account_addresses a on a.id = s.user_id
        where s.org_id = $1 order by s.user_id`,
      [orgId],
    );
  }
}

const normalised = (address: string): string => address.trim().toLowerCase();
