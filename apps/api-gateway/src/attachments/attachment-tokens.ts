import { createHmac, timingSafeEqual } from 'node:crypto';
import { keyedAtMs, submittedAttachmentV1, type SubmittedAttachmentV1 } from '@groundswell/contracts';
import type { SecretEnvelope } from '@groundswell/crypto';

const macBytes = 16;
const longestToken = 2_000;

/** How long a file may be attached after its upload was asked for; it is swept later. */
export const attachableMs = 12 * 3_600_000;

/**
 * Keys that name a file sent before its action (`ActionInput.attachments`): whoever has one may attach the file, on the page it was asked for, and
 * nobody makes one. All that is known of the file is in it, so that taking an action asks nothing of the database.
 */
export class AttachmentTokens {
  private readonly keys: readonly Buffer[];

  constructor(envelope: Pick<SecretEnvelope, 'derivedKeys'>) {
    this.keys = envelope.derivedKeys('attachment');
  }

  seal(pageId: number, { objectId, name, type, size }: SubmittedAttachmentV1): string {
    const body = Buffer.from(JSON.stringify([pageId, objectId, type, size, name]));
    return Buffer.concat([macOf(this.keys[0]!, body), body]).toString('base64url');
  }

  /** Null for what is none of ours, of another page, or too old. */
  open(token: string, pageId: number, now: Date): SubmittedAttachmentV1 | null {
    if (token.length > longestToken) return null;
    const bytes = Buffer.from(token, 'base64url');
    const [mac, body] = [bytes.subarray(0, macBytes), bytes.subarray(macBytes)];
    if (mac.length < macBytes || !this.keys.some((key) => timingSafeEqual(macOf(key, body), mac))) return null;
    const [page, objectId, type, size, name] = JSON.parse(body.toString('utf8')) as unknown[];
    const attachment = submittedAttachmentV1.parse({ objectId, name, type, size });
    const isFresh = now.getTime() - (keyedAtMs(attachment.objectId) ?? 0) < attachableMs;
    return page === pageId && isFresh ? attachment : null;
  }
}

const macOf = (key: Buffer, body: Buffer): Buffer =>
  createHmac('sha256', key).update(body).digest().subarray(0, macBytes);
