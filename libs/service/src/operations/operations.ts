import {
  operationRefusals,
  type OperationAnswerV1,
  type OperationRequestV1,
  type ParkedChunkAnswerV1,
} from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import type { ConsumerPauses } from './consumer-pauses';
import type { JobOperation, JobOperations } from './job-operations';
import type { ParkedOperations } from './parked-operations';

export interface OperationsParts {
  parked: ParkedOperations;
  pauses: Pick<ConsumerPauses, 'pause' | 'resume'>;
  /** Null for a service that runs no jobs. */
  jobs: JobOperations | null;
}

const jobOperations = { job_retry: 'retry', job_cancel: 'cancel', job_discard: 'discard' } as const satisfies Record<
  string,
  JobOperation
>;

/** Carries out what operators ask of one service. */
export class Operations {
  constructor(private readonly parts: OperationsParts) {}

  async answer(request: OperationRequestV1): Promise<ParkedChunkAnswerV1 | OperationAnswerV1> {
    const { parked, pauses } = this.parts;
    switch (request.kind) {
      case 'parked_replay':
        return parked.replay(request);
      case 'parked_drop':
        return parked.drop(request);
      case 'job_retry':
      case 'job_cancel':
      case 'job_discard':
        return this.jobs.change(jobOperations[request.kind], request.jobId, request.orgId);
      case 'jobs_pause':
        return this.jobs.pause(request.type, request.by);
      case 'jobs_resume':
        return this.jobs.resume(request.type);
      case 'queue_pause':
        return changed(await pauses.pause(request.queue, request.by));
      case 'queue_resume':
        return changed(await pauses.resume(request.queue));
    }
  }

  private get jobs(): JobOperations {
    if (!this.parts.jobs) throw new RpcRefusedError(operationRefusals.notFound, 'this service runs no jobs');
    return this.parts.jobs;
  }
}

const changed = (isChanged: boolean): OperationAnswerV1 => ({ outcome: isChanged ? 'changed' : 'unchanged' });
