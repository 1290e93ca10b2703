import type { EntityManager } from 'typeorm';
import { referenceRefusals, type ActionIngestRequestV1 } from '@groundswell/contracts';
import type { ReferenceRecipe } from '@groundswell/crypto';
import { JobQueue, JobRunner } from '@groundswell/jobs';
import { RpcRefusedError } from '@groundswell/messaging';
import { recalculateReferences } from './recalculate-references.job-type';

type Asked = Extract<ActionIngestRequestV1, { kind: 'recalculate_references' }>;

/** Starts the job that brings all references onto the present recipe, one at a time. */
export class ReferenceDesk {
  constructor(
    private readonly recipe: ReferenceRecipe | null,
    private readonly queue: JobQueue,
    private readonly runner: Pick<JobRunner, 'wake'>,
  ) {}

  async begin(manager: EntityManager, { requestedBy }: Asked): Promise<{ jobId: number; alreadyRunning: boolean }> {
    if (!this.recipe?.hasFormer) {
      throw new RpcRefusedError(
        referenceRefusals.notConfigured,
        'FINGERPRINT_SEED_BEFORE is not set: there is no former recipe to recalculate from',
      );
    }
    const { name } = recalculateReferences;
    await manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
    const [running]: { id: number }[] = await manager.query(
      `select id from actions.jobs where type = $1 and state in ('queued', 'running') order by id limit 1`,
      [name],
    );
    if (running) return { jobId: Number(running.id), alreadyRunning: true };
    const { id } = await this.queue.add(manager, recalculateReferences, { payload: {}, createdBy: requestedBy });
    // After the commit; a poll finds it too.
    setImmediate(() => this.runner.wake());
    return { jobId: id, alreadyRunning: false };
  }
}
