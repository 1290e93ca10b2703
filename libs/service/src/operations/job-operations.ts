import { operationRefusals, type OperationAnswerV1 } from '@groundswell/contracts';
import { JobControl, JobReadModel, type JobSchema, type JobState } from '@groundswell/jobs';
import { RpcRefusedError } from '@groundswell/messaging';
import type { Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

export interface JobOperationsParts {
  database: Pick<Database, 'transaction'>;
  schema: JobSchema;
  /** Names of this service's job types. */
  types: readonly string[];
  /** A job may be due. */
  wake: () => void;
}

/** What a person may do to one job of a service. */
export type JobOperation = 'retry' | 'cancel' | 'discard';

/** Jobs of one service, and the pausing of their types, for operators. Throws RpcRefusedError where there is no such job or type. */
export class JobOperations {
  private readonly control: JobControl;

  constructor(private readonly parts: JobOperationsParts) {
    this.control = new JobControl(parts.schema);
  }

  async change(operation: JobOperation, jobId: string, orgId: number | null): Promise<OperationAnswerV1> {
    const isChanged = await this.parts.database.transaction(async (manager) => {
      const state = await this.stateOf(manager, Number(jobId), orgId);
      // One that runs has an end of its own; calling it off is `cancel`.
      if (operation === 'discard' && state === 'running') return false;
      const act = operation === 'retry' ? 'retry' : 'cancel';
      return this.control[act](manager, Number(jobId), orgId ?? undefined);
    });
    if (isChanged) this.parts.wake();
    return answerOf(isChanged);
  }

  async pause(type: string, by: string): Promise<OperationAnswerV1> {
    this.checkType(type);
    return this.parts.database.transaction(async (manager) => {
      const isPaused = await this.isPaused(manager, type);
      if (!isPaused) await this.control.pause(manager, type, by);
      return answerOf(!isPaused);
    });
  }

  async resume(type: string): Promise<OperationAnswerV1> {
    const isChanged = await this.parts.database.transaction((manager) => this.control.resume(manager, type));
    if (!isChanged) this.checkType(type);
    this.parts.wake();
    return answerOf(isChanged);
  }

  private async stateOf(manager: EntityManager, id: number, orgId: number | null): Promise<JobState> {
    const job = await new JobReadModel(manager, this.parts.schema).find(id);
    if (!job || (orgId !== null && job.orgId !== orgId)) {
      throw new RpcRefusedError(operationRefusals.notFound, 'there is no such job');
    }
    return job.state;
  }

  private async isPaused(manager: EntityManager, type: string): Promise<boolean> {
    const rows: unknown[] = await manager.query(`select from ${this.parts.schema}.job_pauses where type = $1`, [type]);
    return rows.length === 1;
  }

  private checkType(type: string): void {
    if (!this.parts.types.includes(type)) {
      throw new RpcRefusedError(operationRefusals.notFound, 'there is no such type of job');
    }
  }
}

const answerOf = (isChanged: boolean): OperationAnswerV1 => ({ outcome: isChanged ? 'changed' : 'unchanged' });
