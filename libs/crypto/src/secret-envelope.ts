import { hash, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import sodium from 'libsodium-wrappers';
import { asBuffer } from './as-buffer';
import { decodeBase64Url } from './base64url';
import {
  EnvelopeKeyInvalidError,
  EnvelopeKeyUnknownError,
  SealedTextMalformedError,
  SealedTextTamperedError,
} from './crypto.error';
import { decodeKey, keyBytes } from './key-pair';

const nonceBytes = 24;
const tagBytes = 16;
const sealedText = /^gs1:([A-Za-z0-9_-]{8}):([A-Za-z0-9_-]+)$/;

/** Seals secrets at rest: service passwords, private keys. XChaCha20-Poly1305 under a random nonce, the prefix
 *  authenticated too. Text form `gs1:<key id>:<base64url of nonce and ciphertext>`. Needs `cryptoReady()`.
 *  Rotation: put the new key first, reseal what `needsReseal` names, then drop the old key. */
export class SecretEnvelope {
  private readonly keys = new Map<string, Uint8Array>();
  private readonly sealingKeyId: string;

  /** 32-byte keys: the first seals, all open. */
  constructor(keys: readonly Uint8Array[]) {
    const [first] = keys;
    if (!first) throw new EnvelopeKeyInvalidError('none given');
    for (const key of keys) {
      if (key.length !== keyBytes) throw new EnvelopeKeyInvalidError(`must have ${keyBytes} bytes, has ${key.length}`);
      this.keys.set(keyIdOf(key), Uint8Array.from(key));
    }
    this.sealingKeyId = keyIdOf(first);
  }

  /** From the text of ENVELOPE_KEY: base64url keys, separated by commas or line ends. */
  static fromText(text: string): SecretEnvelope {
    const parts = text.split(/[\s,]+/).filter((part) => part !== '');
    return new SecretEnvelope(parts.map(keyFromText));
  }

  /** From the file named by ENVELOPE_KEY_FILE, read once. */
  static fromFile(path: string): SecretEnvelope {
    try {
      return SecretEnvelope.fromText(readFileSync(path, 'utf8'));
    } catch (cause) {
      if (cause instanceof EnvelopeKeyInvalidError) throw cause;
      throw new EnvelopeKeyInvalidError(`cannot read the file "${path}"`, { cause });
    }
  }

  seal(plain: Uint8Array | string): string {
    const prefix = `gs1:${this.sealingKeyId}`;
    const nonce = randomBytes(nonceBytes);
    const bytes = typeof plain === 'string' ? Buffer.from(plain) : plain;
    const key = this.keys.get(this.sealingKeyId)!;
    const cipher = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(bytes, prefix, null, nonce, key);
    return `${prefix}:${Buffer.concat([nonce, cipher]).toString('base64url')}`;
  }

  open(sealed: string): Buffer {
    const { keyId, bytes } = splitSealed(sealed);
    const key = this.keys.get(keyId);
    if (!key) throw new EnvelopeKeyUnknownError(keyId);
    const nonce = bytes.subarray(0, nonceBytes);
    const cipher = bytes.subarray(nonceBytes);
    try {
      return asBuffer(sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, cipher, `gs1:${keyId}`, nonce, key));
    } catch (cause) {
      throw new SealedTextTamperedError(keyId, { cause });
    }
  }

  /** A key for another purpose made from each of ours, in their order: make with the first, check with all. */
  derivedKeys(purpose: string): Buffer[] {
    const info = `groundswell:${purpose}`;
    return [...this.keys.values()].map((key) => Buffer.from(hkdfSync('sha256', key, '', info, keyBytes)));
  }

  /** True when an older key sealed it. Says nothing about whether it opens. */
  needsReseal(sealed: string): boolean {
    return splitSealed(sealed).keyId !== this.sealingKeyId;
  }
}

const keyFromText = (text: string, index: number): Buffer => {
  const key = decodeKey(text);
  if (Buffer.isBuffer(key)) return key;
  const reason = key === 'undecodable' ? 'is not base64url' : `is not ${keyBytes} bytes long`;
  throw new EnvelopeKeyInvalidError(`number ${index + 1} ${reason}`);
};

const keyIdOf = (key: Uint8Array): string => hash('sha256', key, 'base64url').slice(0, 8);

const splitSealed = (sealed: string): { keyId: string; bytes: Buffer } => {
  const [, keyId, body] = sealedText.exec(sealed) ?? [];
  const bytes = body === undefined ? null : decodeBase64Url(body);
  if (keyId === undefined || !bytes) throw new SealedTextMalformedError();
  if (bytes.length < nonceBytes + tagBytes) throw new SealedTextTamperedError(keyId);
  return { keyId, bytes };
};
