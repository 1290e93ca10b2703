import sodium from 'libsodium-wrappers';
import { asBuffer } from './as-buffer';
import { BoxNotOpenedError, UnusableKeyError } from './crypto.error';
import { keyBytes } from './key-pair';
import { NonceSequence } from './nonce-sequence';

export interface SealedContact {
  /** 16-byte tag, then ciphertext. */
  payload: Buffer;
  nonce: Buffer;
}

/** Encrypts contact payloads from the instance org's key pair to receiving orgs (processing.md §4.1).
 *  Needs `cryptoReady()`. The X25519 part, 100 µs, is done once per recipient and kept for `keptRecipients` of them. */
export class ContactBox {
  private readonly instancePrivate: Uint8Array;
  private readonly sharedKeys = new Map<string, Uint8Array>();

  constructor(
    instancePrivate: Uint8Array,
    private readonly nonces = new NonceSequence(),
    private readonly keptRecipients = 4096,
  ) {
    if (instancePrivate.length !== keyBytes) throw new UnusableKeyError('private');
    this.instancePrivate = Uint8Array.from(instancePrivate);
  }

  encrypt(recipientPublic: Uint8Array, plaintext: string): SealedContact {
    const nonce = this.nonces.next();
    const payload = sodium.crypto_box_easy_afternm(Buffer.from(plaintext), nonce, this.sharedKeyWith(recipientPublic));
    return { payload: asBuffer(payload), nonce };
  }

  private sharedKeyWith(recipientPublic: Uint8Array): Uint8Array {
    const cacheKey = asBuffer(recipientPublic).toString('latin1');
    const cached = this.sharedKeys.get(cacheKey);
    if (cached) return cached;
    const sharedKey = sharedKeyOf(recipientPublic, this.instancePrivate);
    if (this.sharedKeys.size >= this.keptRecipients) this.forgetOldest();
    this.sharedKeys.set(cacheKey, sharedKey);
    return sharedKey;
  }

  private forgetOldest(): void {
    for (const oldest of this.sharedKeys.keys()) {
      this.sharedKeys.delete(oldest);
      return;
    }
  }
}

/** The plaintext of a box, for exports and tests; throws BoxNotOpenedError or UnusableKeyError. */
export const openBox = (
  sealed: { payload: Uint8Array; nonce: Uint8Array },
  senderPublic: Uint8Array,
  recipientPrivate: Uint8Array,
): string => {
  const sharedKey = sharedKeyOf(senderPublic, recipientPrivate);
  try {
    return asBuffer(sodium.crypto_box_open_easy_afternm(sealed.payload, sealed.nonce, sharedKey)).toString('utf8');
  } catch (cause) {
    throw new BoxNotOpenedError({ cause });
  }
};

/** False for a key no box can be made for: ask before storing one, else every action for its org fails. */
export const isUsablePublicKey = (publicKey: Uint8Array): boolean => {
  try {
    sharedKeyOf(publicKey, sodium.crypto_box_keypair().privateKey);
    return true;
  } catch (error) {
    if (error instanceof UnusableKeyError) return false;
    throw error;
  }
};

const sharedKeyOf = (publicKey: Uint8Array, privateKey: Uint8Array): Uint8Array => {
  if (publicKey.length !== keyBytes) throw new UnusableKeyError('public');
  if (privateKey.length !== keyBytes) throw new UnusableKeyError('private');
  try {
    return sodium.crypto_box_beforenm(publicKey, privateKey);
  } catch (cause) {
    throw new UnusableKeyError('public', { cause });
  }
};
