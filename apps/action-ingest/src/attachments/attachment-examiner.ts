import { createHash } from 'node:crypto';
import { attachmentKey, quarantineKey, thumbnailKey } from '@groundswell/contracts';
import { attachmentLimits, isImageType, sniffAttachmentType } from '@groundswell/domain';
import type { ObjectStore } from '@groundswell/object-store';
import type { Refusal, StoredAttachment, Verdict } from './attachment.repository';
import type { ScanHookClient } from './scan-hook.client';
import { thumbnailOf } from './thumbnail';

/** For the operator's scanner. */
const linkSeconds = 600;

const refuse = (reason: string): Refusal => ({ state: 'refused', reason });

/**
 * Looks at a file and keeps it, where the verdict says so. What is kept is the bytes that were looked at, under a name that nobody
 * outside can write to: what lies in quarantine may be replaced at any moment. Twice is safe: the same bytes go under the same names.
 */
export class AttachmentExaminer {
  constructor(
    private readonly store: ObjectStore,
    private readonly scanHook: ScanHookClient | null,
    /** Whether a file with this checksum may be kept; asked before anything is written. */
    private readonly mayKeep: (sha256: Buffer) => Promise<boolean>,
  ) {}

  /** Null: nothing was sent so far. */
  async examine(objectId: string, row: StoredAttachment, signal: AbortSignal): Promise<Verdict | null> {
    const head = await this.store.head(quarantineKey(objectId));
    if (!head) return null;
    if (head.size !== row.size || head.size > attachmentLimits.bytes) return refuse('not of the announced size');
    const bytes = Buffer.concat(await (await this.store.read(quarantineKey(objectId), { signal })).toArray());
    if (bytes.length !== row.size) return refuse('not of the announced size');
    if (sniffAttachmentType(bytes) !== row.type) return refuse('not of the announced type');
    const thumbnail = isImageType(row.type) ? await thumbnailOf(bytes) : null;
    if (isImageType(row.type) && !thumbnail) return refuse('not readable as an image');
    const sha256 = createHash('sha256').update(bytes).digest();
    if (!(await this.mayKeep(sha256))) return refuse('changed after it was sent');
    return this.keep(objectId, row, { bytes, sha256, thumbnail }, signal);
  }

  private async keep(
    objectId: string,
    { orgId, type }: StoredAttachment,
    { bytes, sha256, thumbnail }: { bytes: Buffer; sha256: Buffer; thumbnail: Buffer | null },
    signal: AbortSignal,
  ): Promise<Verdict> {
    const key = attachmentKey(orgId, objectId);
    await this.write(key, bytes, type, signal);
    if (this.scanHook) {
      const url = await this.store.presignGet(key, { expiresSeconds: linkSeconds });
      const file = { url, key, type, size: bytes.length, sha256: sha256.toString('hex') };
      if (!(await this.scanHook.isClean(file))) return refuse('found harmful');
    }
    if (!thumbnail) return { state: 'clean', key, thumbnailKey: null, sha256 };
    await this.write(thumbnailKey(orgId, objectId), thumbnail, 'image/webp', signal);
    return { state: 'clean', key, thumbnailKey: thumbnailKey(orgId, objectId), sha256 };
  }

  /** The store compares the checksum of what arrives; what lies there then has the size it must have. */
  private async write(key: string, bytes: Buffer, contentType: string, signal: AbortSignal): Promise<void> {
    await this.store.write(key, bytes, { contentType, signal });
    const kept = await this.store.head(key);
    if (kept?.size !== bytes.length) throw new Error('object store: an object is not as it was written');
  }
}
