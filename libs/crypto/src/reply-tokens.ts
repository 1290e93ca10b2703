import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretEnvelope } from './secret-envelope';

const idBytes = 6;
const macBytes = 10;
/** Lower case: mail programs and servers change the case of a local part. */
const form = /^r-([0-9a-f]{32})$/i;

/**
 * Local parts of the addresses that targets answer to, which email-delivery makes and the gateway reads: both have the envelope key, of
 * which theirs is derived. Each names a message to a target; nobody makes one.
 */
export class ReplyTokens {
  private readonly keys: readonly Buffer[];

  constructor(envelope: Pick<SecretEnvelope, 'derivedKeys'>) {
    this.keys = envelope.derivedKeys('reply address');
  }

  seal(messageId: number): string {
    const id = Buffer.alloc(idBytes);
    id.writeUIntBE(messageId, 0, idBytes);
    return `r-${Buffer.concat([id, macOf(this.keys[0]!, id)]).toString('hex')}`;
  }

  /** Null for what is none of ours. */
  open(local: string): number | null {
    const hex = form.exec(local)?.[1];
    if (!hex) return null;
    const bytes = Buffer.from(hex, 'hex');
    const [id, mac] = [bytes.subarray(0, idBytes), bytes.subarray(idBytes)];
    const isOurs = this.keys.some((key) => timingSafeEqual(macOf(key, id), mac));
    return isOurs ? id.readUIntBE(0, idBytes) : null;
  }
}

const macOf = (key: Buffer, id: Buffer): Buffer => createHmac('sha256', key).update(id).digest().subarray(0, macBytes);
