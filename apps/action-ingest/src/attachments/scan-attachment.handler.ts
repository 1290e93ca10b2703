import { Inject, type OnApplicationShutdown } from '@nestjs/common';
import { attachmentKey, quarantineKey, thumbnailKey } from '@groundswell/contracts';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { EnrichmentPlanner } from '../enriching/enrichment-planner';
import { AttachmentExaminer } from './attachment-examiner';
import { scanAttachment, sentWithinMs } from './attachment-jobs';
import { AttachmentRepository, type StoredAttachment, type Verdict } from './attachment.repository';
import { attachmentsSettings, type AttachmentsSettings } from './attachments-settings';
import { ScanHookClient } from './scan-hook.client';
import { configured } from './configured-store';

type Run = JobRunOf<typeof scanAttachment>;

/**
 * Looks at one file and moves it out of quarantine, or refuses it. Twice is safe: the verdict is one step, objects have names that
 * follow from the file's id, and what is to go is removed after the verdict, again if need be.
 */
@RunsJob(scanAttachment)
export class ScanAttachmentHandler implements JobHandler<Run['payload'], Run['cursor']>, OnApplicationShutdown {
  private readonly scanHook: ScanHookClient | null;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(objectStore) private readonly store: ObjectStore | null,
    @Inject(EnrichmentPlanner) private readonly enrichments: EnrichmentPlanner,
    @Inject(attachmentsSettings) { scanHook }: AttachmentsSettings,
  ) {
    this.scanHook = scanHook && new ScanHookClient(scanHook);
  }

  async run(job: Run): Promise<{ state: string }> {
    const store = configured(this.store);
    const { objectId } = job.payload;
    const row = await this.database.run((manager) => new AttachmentRepository(manager).find(objectId));
    const state = row?.state === 'waiting' ? await this.decide(job, row, store) : (row?.state ?? 'gone');
    for (const key of leftOver(state, job.payload)) await store.remove(key);
    return { state };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.scanHook?.close();
  }

  private async decide(job: Run, row: StoredAttachment, store: ObjectStore): Promise<string> {
    const examiner = new AttachmentExaminer(store, this.scanHook, (sha256) => isFirstSeen(job, sha256.toString('hex')));
    const examined = await examiner.examine(job.payload.objectId, row, job.signal);
    const verdict = examined ?? nothingSent(row);
    return job.step(async (manager) => {
      if (!(await new AttachmentRepository(manager).end(row.id, verdict))) return 'gone';
      if (verdict.state === 'clean') await this.enrichments.addForAttachments(manager, [row]);
      return verdict.state;
    });
  }
}

/**
 * The bytes of the first look are the only ones that are ever kept: an attempt that was left behind may still write what it read, and
 * the link may be used again meanwhile.
 */
async function isFirstSeen(job: Run, sha256: string): Promise<boolean> {
  if (job.cursor) return job.cursor.sha256 === sha256;
  await job.step(() => Promise.resolve(), { cursor: { sha256 } });
  return true;
}

/** It may still come, for a while. */
function nothingSent({ waitedMs }: StoredAttachment): Verdict {
  if (waitedMs < sentWithinMs) throw new Error('nothing was sent so far');
  return { state: 'refused', reason: 'nothing was sent' };
}

function leftOver(state: string, { objectId, orgId }: Run['payload']): string[] {
  const quarantined = quarantineKey(objectId);
  return state === 'clean'
    ? [quarantined]
    : [quarantined, attachmentKey(orgId, objectId), thumbnailKey(orgId, objectId)];
}
