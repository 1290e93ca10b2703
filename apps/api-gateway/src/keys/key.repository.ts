import { Org, PublicKey } from '@groundswell/persistence';
import { In, type EntityManager } from 'typeorm';

/** Keys of orgs. */
export class KeyRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Newest first. */
  ofOrgs(orgIds: number[]): Promise<PublicKey[]> {
    return this.manager.find(PublicKey, { where: { orgId: In(orgIds) }, order: { id: 'DESC' } });
  }

  findOfOrg(orgId: number, id: number): Promise<PublicKey | null> {
    return this.manager.findOne(PublicKey, { where: { orgId, id } });
  }

  async insert(key: Pick<PublicKey, 'orgId' | 'name' | 'public' | 'private'>): Promise<PublicKey> {
    const inserted = await this.manager.insert(PublicKey, key);
    return this.manager.findOneByOrFail(PublicKey, { id: Number(inserted.identifiers[0]?.['id']) });
  }

  async deactivateAll(orgId: number): Promise<void> {
    await this.manager.update(PublicKey, { orgId, active: true }, { active: false, updatedAt: () => 'now()' });
  }

  async isOfHighSecurity(orgId: number): Promise<boolean> {
    const org = await this.manager.findOneByOrFail(Org, { id: orgId });
    return org.highSecurity;
  }

  /** Others first: the unique index allows one active key per org at any moment. */
  async makeOnlyActive(orgId: number, id: number): Promise<void> {
    const touch = { updatedAt: () => 'now()' };
    await this.manager.query(
      `update catalog.public_keys set active = false, updated_at = now() where org_id = $1 and active and id <> $2`,
      [orgId, id],
    );
    await this.manager.update(PublicKey, { id, orgId }, { active: true, ...touch });
  }
}
