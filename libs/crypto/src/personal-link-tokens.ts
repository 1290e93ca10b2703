import { openToken, sealToken } from './sealed-token';
import type { SecretEnvelope } from './secret-envelope';

/** Whose link it is, by the action they came with, and until when it works (whole seconds). */
export interface PersonalLink {
  actionId: number;
  /** Fingerprint of the supporter. */
  ref: Buffer;
  expiresAt: Date;
}

const idBytes = 8;
const timeBytes = 6;
const headBytes = idBytes + timeBytes;

/**
 * Tokens of personal links in mailouts, which email-delivery makes and the gateway reads: as UnsubscribeTokens, under a key of their own, and
 * with an end. There is no row of one.
 */
export class PersonalLinkTokens {
  private readonly keys: readonly Buffer[];

  constructor(envelope: Pick<SecretEnvelope, 'derivedKeys'>) {
    this.keys = envelope.derivedKeys('personal link');
  }

  seal({ actionId, ref, expiresAt }: PersonalLink): string {
    const plain = Buffer.concat([Buffer.alloc(headBytes), ref]);
    plain.writeBigUInt64BE(BigInt(actionId));
    plain.writeUIntBE(Math.floor(expiresAt.getTime() / 1000), idBytes, timeBytes);
    return sealToken(this.keys[0]!, plain);
  }

  /** Null for what is none of ours. Whether it has ended is the caller's to see. */
  open(token: string): PersonalLink | null {
    const plain = openToken(this.keys, token, headBytes);
    if (!plain) return null;
    return {
      actionId: Number(plain.readBigUInt64BE()),
      ref: plain.subarray(headBytes),
      expiresAt: new Date(plain.readUIntBE(idBytes, timeBytes) * 1000),
    };
  }
}
