import { decodeKey, generateKeyPair, isUsablePublicKey } from '@groundswell/crypto';
import { invalidError } from '@groundswell/domain';
import { Database, type PublicKey } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { InputAttributes } from '../catalogue-writing/input-attributes';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { KeyRepository } from './key.repository';

export interface SelectKey {
  id?: number | null;
  active?: boolean | null;
  public?: string | null;
}

/** A key without its private part. */
export type KeyView = ReturnType<typeof viewKey>;

/** Keys an org's personal data is encrypted for (graphql-api.md §5.5, processing.md §4.3). */
@Injectable()
export class KeyService {
  private readonly keys = new BatchedLookup<number, PublicKey[]>((orgIds) => this.readKeys(orgIds));

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  /** Newest first. */
  async list(orgId: number, select: SelectKey): Promise<KeyView[]> {
    const keys = (await this.keys.get(orgId)) ?? [];
    return keys.map(viewKey).filter((key) => isSelected(key, select));
  }

  async newest(orgId: number, select: SelectKey): Promise<KeyView> {
    const [key] = await this.list(orgId, select);
    if (!key) throw new ApiError('not_found', 'not_found');
    return key;
  }

  /** The private part is in this answer only; it is stored for the instance org alone, which signs with it. */
  async generate(
    caller: Viewer | null,
    orgName: string,
    input: { name: string },
  ): Promise<KeyView & { private: string }> {
    const { org, viewer } = await this.toKeys(caller, orgName);
    const name = readName(input);
    const pair = generateKeyPair();
    const sealed = this.isInstance(org) ? this.surroundings.settings.envelope.seal(pair.private) : null;
    const key = await this.insert(viewer, 'generateKey', { orgId: org.id, name, public: pair.public, private: sealed });
    return { ...key, private: pair.private.toString('base64url') };
  }

  async add(caller: Viewer | null, orgName: string, input: { name: string; public: string }): Promise<KeyView> {
    const { org, viewer } = await this.toKeys(caller, orgName);
    const attributes = readKey(input);
    return this.insert(viewer, 'addKey', { orgId: org.id, ...attributes, private: null });
  }

  /** Makes it the only active key; new contacts use it at once. Twice is safe. */
  async activate(caller: Viewer | null, orgName: string, id: number): Promise<{ status: 'SUCCESS' }> {
    const { org, viewer } = await this.toKeys(caller, orgName);
    await this.writer.write(viewer, async (manager, effects) => {
      const keys = new KeyRepository(manager);
      const key = await keys.findOfOrg(org.id, id);
      if (!key) throw new ApiError('not_found', 'Public key not found');
      if (key.expired) throw new ApiError('expired', 'Public key expired');
      if (this.isInstance(org) && key.private === null) {
        throw new ApiError('bad_arg', 'The instance org needs a key with its private part');
      }
      await keys.makeOnlyActive(org.id, id);
      effects.audit('public_key', id, { operation: 'activateKey', orgId: org.id });
    });
    return { status: 'SUCCESS' };
  }

  /** New contacts of the org are in clear from then on. Twice is safe. */
  async deactivateAll(caller: Viewer | null, orgName: string): Promise<{ status: 'SUCCESS' }> {
    const { org, viewer } = await this.toKeys(caller, orgName);
    if (this.isInstance(org)) throw new ApiError('bad_arg', 'The instance org needs an active key');
    await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { orgId: org.id });
      const keys = new KeyRepository(manager);
      if (await keys.isOfHighSecurity(org.id)) {
        throw new ApiError('bad_arg', 'A high-security org needs an active key');
      }
      await keys.deactivateAll(org.id);
      effects.audit('org', org.id, { operation: 'deactivateAllKeys', orgId: org.id });
    });
    return { status: 'SUCCESS' };
  }

  private isInstance({ name }: { name: string }): boolean {
    return name.toLowerCase() === this.surroundings.settings.instanceOrgName.toLowerCase();
  }

  private async toKeys(caller: Viewer | null, orgName: string) {
    const org = await this.lookup.org(orgName);
    const access = await this.access.toOrg(caller, org.id);
    return { org, viewer: requireAnyOf(access, 'change_org_settings', 'export_contacts') };
  }

  private insert(
    viewer: Viewer,
    operation: string,
    key: Pick<PublicKey, 'orgId' | 'name' | 'public' | 'private'>,
  ): Promise<KeyView> {
    return this.writer.write(viewer, async (manager, effects) => {
      const inserted = await new KeyRepository(manager).insert(key);
      effects.audit('public_key', inserted.id, { operation, orgId: key.orgId });
      return viewKey(inserted);
    });
  }

  private async readKeys(orgIds: number[]): Promise<Map<number, PublicKey[]>> {
    const keys = await this.database.run((manager) => new KeyRepository(manager).ofOrgs(orgIds));
    const byOrg = new Map<number, PublicKey[]>();
    for (const key of keys) byOrg.set(key.orgId, [...(byOrg.get(key.orgId) ?? []), key]);
    return byOrg;
  }
}

function readName(input: { name: string }): string {
  const attributes = new InputAttributes(input, true);
  const name = attributes.requiredText('name');
  attributes.throwProblems();
  return name ?? '';
}

function readKey(input: { name: string; public: string }): { name: string; public: Buffer } {
  const attributes = new InputAttributes(input, true);
  const name = attributes.requiredText('name') ?? '';
  const text = attributes.requiredText('public');
  const bytes = text === undefined ? undefined : decodeKey(text);
  if (bytes === 'undecodable') attributes.refuse(['public'], 'Cannot decode public key using Base64');
  if (bytes === 'wrong_length') attributes.refuse(['public'], 'must by 256 bits');
  if (Buffer.isBuffer(bytes) && !isUsablePublicKey(bytes)) attributes.refuse(['public'], invalidError);
  attributes.throwProblems();
  return { name, public: bytes as Buffer };
}

const viewKey = (key: PublicKey) => ({
  id: key.id,
  public: key.public.toString('base64url'),
  name: key.name,
  active: key.active,
  expired: key.expired,
  expiredAt: key.expired ? key.updatedAt : null,
});

/** Padding in the asked key does not matter. */
const isSelected = (key: KeyView, { id, active, public: text }: SelectKey): boolean =>
  (id == null || key.id === id) &&
  (active == null || key.active === active) &&
  (text == null || key.public === text.replace(/=+$/, ''));
