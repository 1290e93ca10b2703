import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { JobQueue, JobRunner } from '@groundswell/jobs';
import type { ActionState } from '../storing/batch-state';
import { bytesOf } from '../storing/reference';
import { scanAttachment } from './attachment-jobs';
import { AttachmentRepository } from './attachment.repository';

/** Keeps the names of files that came with actions, and has each of them looked at, in the transaction that stores the actions. */
@Injectable()
export class AttachmentIntake {
  constructor(
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(JobRunner) private readonly runner: JobRunner,
  ) {}

  /** Whether there was any. */
  async store(manager: EntityManager, actions: readonly ActionState[]): Promise<boolean> {
    const rows = actions.flatMap(({ id, orgId, supporter, ref, attachments = [] }) =>
      attachments.map((attachment) => ({
        ...attachment,
        actionId: id,
        orgId,
        ref: bytesOf(supporter?.ref ?? ref ?? ''),
      })),
    );
    if (rows.length === 0) return false;
    const stored = await new AttachmentRepository(manager).insert(rows);
    await this.queue.addAll(
      manager,
      scanAttachment,
      stored.map(({ objectId, orgId }) => ({ payload: { objectId, orgId }, orgId, key: objectId })),
    );
    return stored.length > 0;
  }

  /** After the commit. */
  wake(): void {
    this.runner.wake();
  }
}
