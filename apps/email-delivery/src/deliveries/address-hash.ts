import { envelopeOf, type MailConfig } from '../config';
import { addressHasherOf, type AddressHash } from './keyed-address';

export type { AddressHash } from './keyed-address';

type Keys = Pick<MailConfig, 'ENVELOPE_KEY' | 'ENVELOPE_KEY_FILE'>;

/** Keyed, so that whoever only has the database cannot try addresses. With another first envelope key hashes differ: events
 *  of mails sent before no longer match, and suppressions of before no longer hold. */
export function addressKeyOf(config: Keys): Buffer {
  const [key] = envelopeOf(config).derivedKeys('mail address');
  if (!key) throw new Error('an envelope has a key');
  return key;
}

export const addressHasher = (config: Keys): AddressHash => addressHasherOf(addressKeyOf(config));
