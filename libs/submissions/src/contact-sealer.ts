import type { ContactRecordV1 } from '@groundswell/contracts';
import { ContactBox, type SecretEnvelope } from '@groundswell/crypto';
import type { Catalogue, CatalogueKey } from '@groundswell/persistence';

export type SealedPayload = Pick<ContactRecordV1, 'payload' | 'nonce' | 'encryptKeyId' | 'signKeyId'>;

/** Keys are there, but no box can be made: the request fails, nothing is ever stored in clear instead. */
export class ContactNotSealedError extends Error {
  readonly code = 'accepting.contact_not_sealed';

  constructor(
    readonly orgId: number,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`cannot encrypt for org ${orgId}: ${reason}`, options);
    this.name = 'ContactNotSealedError';
  }
}

type KeySource = Pick<Catalogue, 'activeKeyOf' | 'orgByName'>;
type Opener = Pick<SecretEnvelope, 'open'>;

/** Encrypts one contact payload for one org (processing.md §4.1). The instance org's private key is unsealed once and
 *  kept with its shared keys until another key, or another private half, becomes active. */
export class ContactSealer {
  private current: { key: CatalogueKey; box: ContactBox } | null = null;

  constructor(
    private readonly catalogue: KeySource,
    private readonly envelope: Opener,
    private readonly instanceOrgName: string,
  ) {}

  /** The payload stays plain JSON only when the org or the instance org has no active key. */
  seal(orgId: number, payloadJson: string): SealedPayload {
    const recipientKey = this.catalogue.activeKeyOf(orgId);
    if (!recipientKey) return plain(payloadJson);
    const instanceOrg = this.catalogue.orgByName(this.instanceOrgName);
    if (!instanceOrg) throw new ContactNotSealedError(orgId, 'the instance org is missing');
    const signKey = this.catalogue.activeKeyOf(instanceOrg.id);
    if (!signKey) return plain(payloadJson);
    try {
      const { payload, nonce } = this.boxOf(signKey).encrypt(recipientKey.public, payloadJson);
      return {
        payload: payload.toString('base64url'),
        nonce: nonce.toString('base64url'),
        encryptKeyId: recipientKey.id,
        signKeyId: signKey.id,
      };
    } catch (cause) {
      throw new ContactNotSealedError(orgId, 'a key cannot be used', { cause });
    }
  }

  private boxOf(key: CatalogueKey): ContactBox {
    if (this.current?.key.id === key.id && this.current.key.private === key.private) return this.current.box;
    if (key.private === null) throw new Error(`key ${key.id} of the instance org has no private half`);
    const box = new ContactBox(this.envelope.open(key.private));
    this.current = { key, box };
    return box;
  }
}

const plain = (payloadJson: string): SealedPayload => ({
  payload: payloadJson,
  nonce: null,
  encryptKeyId: null,
  signKeyId: null,
});
