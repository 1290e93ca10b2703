import { cryptoReady, generateKeyPair, hashPassword, type SecretEnvelope } from '@groundswell/crypto';
import { adminMask, roleMask } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from './catalogue-settings';
import { CatalogueWriter } from './catalogue-writer';
import { InstanceKeyUnusableError } from './instance-key-unusable.error';
import { InstanceOrgRepository, type InstanceOrgState } from './instance-org.repository';

/**
 * First boot: the instance org with an active key pair, and the first admin when one is configured. Every replica runs
 * it at every boot; what is there already is left alone, and writers wait for each other, so nothing is made twice.
 */
@Injectable()
export class InstanceOrg {
  constructor(
    private readonly database: Database,
    private readonly writer: CatalogueWriter,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  /** Throws InstanceKeyUnusableError when the process must not start. */
  async ensure(): Promise<void> {
    await cryptoReady();
    const { instanceOrgName: name, initialAdmin } = this.surroundings.settings;
    const { state, hasAdmin } = await this.database.run(async (manager) => {
      const repository = new InstanceOrgRepository(manager);
      return {
        state: await repository.findState(name),
        hasAdmin: initialAdmin === null || (await repository.hasUser(initialAdmin.email)),
      };
    });
    if (state && state.keyCount > 0) this.refuseUnusable(state);
    if (state && state.keyCount > 0 && hasAdmin) return;
    await this.create(hasAdmin ? null : initialAdmin);
  }

  private async create(admin: { email: string; password: string } | null): Promise<void> {
    const { instanceOrgName: name, envelope } = this.surroundings.settings;
    const hashedPassword = admin ? await hashPassword(admin.password) : '';
    await this.writer.write(null, async (manager, effects) => {
      const repository = new InstanceOrgRepository(manager);
      const state = await repository.findState(name);
      const orgId = state?.orgId ?? (await repository.insertOrg(name));
      if (!state) effects.audit('org', orgId, { operation: 'first boot' });
      if (!state?.keyCount) {
        const pair = generateKeyPair();
        const keyId = await repository.insertActiveKey(orgId, name, pair.public, envelope.seal(pair.private));
        effects.audit('public_key', keyId, { operation: 'first boot', orgId });
      }
      if (!admin) return;
      const perms = { user: adminMask, staffer: roleMask.owner };
      const userId = await repository.insertAdmin(orgId, admin.email, hashedPassword, perms);
      if (userId !== null) effects.audit('user', userId, { operation: 'first boot', orgId, perms });
    });
    this.surroundings.logger.info({ org: name, withAdmin: admin !== null }, 'instance org is set up');
  }

  private refuseUnusable(state: InstanceOrgState): void {
    const { instanceOrgName: name, envelope } = this.surroundings.settings;
    if (state.isDeleted) throw new InstanceKeyUnusableError(name, 'the org is deleted');
    const sealed = state.activeKey?.private;
    if (!state.activeKey) throw new InstanceKeyUnusableError(name, 'no key is active');
    if (!sealed) throw new InstanceKeyUnusableError(name, 'its active key has no private part');
    openKey(name, envelope, sealed);
  }
}

function openKey(name: string, envelope: SecretEnvelope, sealed: string): void {
  try {
    envelope.open(sealed);
  } catch (cause) {
    throw new InstanceKeyUnusableError(name, 'its private key does not open with the envelope key', { cause });
  }
}
