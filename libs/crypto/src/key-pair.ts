import sodium from 'libsodium-wrappers';
import { asBuffer } from './as-buffer';
import { decodeBase64Url } from './base64url';

/** Length of a box key, public or private. */
export const keyBytes = 32;

export interface KeyPair {
  public: Buffer;
  private: Buffer;
}

/** A new X25519 pair. Needs `cryptoReady()`. */
export const generateKeyPair = (): KeyPair => {
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  return { public: asBuffer(publicKey), private: asBuffer(privateKey) };
};

/** The public half of a private key; another one belongs to another pair. Needs `cryptoReady()`. */
export const publicKeyOf = (privateKey: Uint8Array): Buffer => asBuffer(sodium.crypto_scalarmult_base(privateKey));

/** A 32-byte key from base64url text, padded or not, or why it is none. */
export const decodeKey = (text: string): Buffer | 'undecodable' | 'wrong_length' => {
  const bytes = decodeBase64Url(text);
  if (!bytes) return 'undecodable';
  return bytes.length === keyBytes ? bytes : 'wrong_length';
};
