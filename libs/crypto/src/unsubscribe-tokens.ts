import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { decodeBase64Url } from './base64url';
import type { SecretEnvelope } from './secret-envelope';

/** Who unsubscribes, and from the mail about which action. */
export interface Unsubscribing {
  actionId: number;
  /** Fingerprint of the supporter. */
  ref: Buffer;
}

const cipherName = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const idBytes = 8;

/**
 * Tokens of links that unsubscribe, which email-delivery makes and the gateway reads: both have the envelope key, of which
 * theirs is derived. Sealed, so a token tells nothing to who reads the mail's headers, and nobody makes one. The same mail has
 * the same token. A new envelope key goes before the old one, and old links work until that is dropped.
 */
export class UnsubscribeTokens {
  private readonly keys: readonly Buffer[];

  constructor(envelope: Pick<SecretEnvelope, 'derivedKeys'>) {
    this.keys = envelope.derivedKeys('unsubscribe link');
  }

  seal({ actionId, ref }: Unsubscribing): string {
    const key = this.keys[0]!;
    const plain = Buffer.concat([Buffer.alloc(idBytes), ref]);
    plain.writeBigUInt64BE(BigInt(actionId));
    // Made of the content: another content has another nonce.
    const nonce = createHmac('sha256', key).update('nonce').update(plain).digest().subarray(0, nonceBytes);
    const cipher = createCipheriv(cipherName, key, nonce);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** Null for what is none of ours. */
  open(token: string): Unsubscribing | null {
    const bytes = decodeBase64Url(token);
    if (!bytes || bytes.length <= nonceBytes + idBytes + tagBytes) return null;
    const plain = this.keys.map((key) => openWith(key, bytes)).find((found) => found !== null);
    if (!plain) return null;
    return { actionId: Number(plain.readBigUInt64BE()), ref: plain.subarray(idBytes) };
  }
}

function openWith(key: Buffer, bytes: Buffer): Buffer | null {
  const decipher = createDecipheriv(cipherName, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    // Changed, or sealed by another key.
    return null;
  }
}
