import { openToken, sealToken } from './sealed-token';
import type { SecretEnvelope } from './secret-envelope';

/** Who unsubscribes, and from the mail about which action. */
export interface Unsubscribing {
  actionId: number;
  /** Fingerprint of the supporter. */
  ref: Buffer;
}

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
    const plain = Buffer.concat([Buffer.alloc(idBytes), ref]);
    plain.writeBigUInt64BE(BigInt(actionId));
    return sealToken(this.keys[0]!, plain);
  }

  /** Null for what is none of ours. */
  open(token: string): Unsubscribing | null {
    const plain = openToken(this.keys, token, idBytes);
    return plain && { actionId: Number(plain.readBigUInt64BE()), ref: plain.subarray(idBytes) };
  }
}
