import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretEnvelope } from '@groundswell/crypto';

const idBytes = 8;
const macBytes = 16;
const form = /^[A-Za-z0-9_-]{32}$/;

/**
 * Tokens that name a follow-up item in an action (`ActionInput.followUp`): whoever has one may answer the item, and nobody makes
 * one. Of the envelope key, so that reading one asks nothing of the database.
 */
export class FollowUpTokens {
  private readonly keys: readonly Buffer[];

  constructor(envelope: Pick<SecretEnvelope, 'derivedKeys'>) {
    this.keys = envelope.derivedKeys('follow-up item');
  }

  seal(itemId: number): string {
    const id = Buffer.alloc(idBytes);
    id.writeBigUInt64BE(BigInt(itemId));
    return Buffer.concat([id, macOf(this.keys[0]!, id)]).toString('base64url');
  }

  /** Null for what is none of ours. */
  open(token: string): number | null {
    if (!form.test(token)) return null;
    const bytes = Buffer.from(token, 'base64url');
    const [id, mac] = [bytes.subarray(0, idBytes), bytes.subarray(idBytes)];
    const isOurs = this.keys.some((key) => timingSafeEqual(macOf(key, id), mac));
    return isOurs ? Number(id.readBigUInt64BE()) : null;
  }
}

const macOf = (key: Buffer, id: Buffer): Buffer => createHmac('sha256', key).update(id).digest().subarray(0, macBytes);
