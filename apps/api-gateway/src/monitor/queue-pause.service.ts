import { operationAnswerV1, readerOf } from '@groundswell/contracts';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { JobMonitorService, statusOf } from './job-monitor.service';
import { MonitorAccess } from './monitor-access';
import { checkText, jobsIn } from './monitor-names';
import { OperationsClient } from './operations.client';

/** Pausing what empties a queue: the reader of a queue of the broker, or the processes that take jobs of a type. */
@Injectable()
export class QueuePauseService {
  constructor(
    private readonly access: MonitorAccess,
    private readonly operations: OperationsClient,
    private readonly jobs: JobMonitorService,
  ) {}

  /** `name` as the monitor shows it. */
  async set(caller: Viewer | null, name: string, isPaused: boolean): Promise<'SUCCESS' | 'NOOP'> {
    const viewer = this.access.operator(caller);
    checkText(name, ['name']);
    const jobs = jobsIn(name);
    const reader = readerOf(name);
    if (!jobs && !reader) throw InputError.at(['name'], 'cannot be paused');
    const changeset = { operation: isPaused ? 'pauseQueue' : 'resumeQueue' };
    await this.access.note(viewer, { resource: 'queue', resourceId: name, changeset });
    if (jobs) return this.jobs.pauseType(viewer, jobs.service, jobs.type, isPaused);
    const asked = isPaused
      ? ({ kind: 'queue_pause', queue: name, by: String(viewer.userId) } as const)
      : ({ kind: 'queue_resume', queue: name } as const);
    return statusOf(await this.operations.of(reader ?? '').ask(asked, operationAnswerV1));
  }
}
