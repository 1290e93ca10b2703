import type { SecretEnvelope } from '@groundswell/crypto';
import { envelopeOf, type MailConfig } from '../config';
import { addressHasherOf, type AddressHash } from './keyed-address';

export type { AddressHash } from './keyed-address';

type Keys = Pick<MailConfig, 'ENVELOPE_KEY' | 'ENVELOPE_KEY_FILE'>;

/** Keyed, so that whoever only has the database cannot try addresses. The key an installation begins with: from then on it is
 *  kept (AddressKeys), so that a change of envelope keys changes no hash. */
export function firstAddressKey(envelope: Pick<SecretEnvelope, 'derivedKeys'>): Buffer {
  const [key] = envelope.derivedKeys('mail address');
  if (!key) throw new Error('an envelope has a key');
  return key;
}

/** Of an installation that never changed its envelope key. */
export const addressHasher = (config: Keys): AddressHash => addressHasherOf(firstAddressKey(envelopeOf(config)));
