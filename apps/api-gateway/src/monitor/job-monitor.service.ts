import { operationAnswerV1, type OperationAnswerV1 } from '@groundswell/contracts';
import { JobReadModel, jobSchemas, type JobSchema, type JobState, type JobView } from '@groundswell/jobs';
import { Database, schemaOwner } from '@groundswell/persistence';
import { JobOperations, type JobOperation } from '@groundswell/service';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { jobTypes } from '../jobs';
import { readPage, type PageSelection } from '../mails/page-selection';
import { MonitorAccess } from './monitor-access';
import { OperationsClient } from './operations.client';
import { readServiceRowId, serviceRowId } from './service-row-id';

export interface SelectJobs {
  state?: string | null;
  type?: string | null;
}

/** Owns jobs too, and carries out what is done to them itself. */
const own = 'api-gateway';

/** Jobs of all services, and what people do to them. */
@Injectable()
export class JobMonitorService {
  private readonly ownJobs: JobOperations;

  constructor(
    private readonly database: Database,
    private readonly access: MonitorAccess,
    private readonly operations: OperationsClient,
  ) {
    const types = jobTypes.map(({ name }) => name);
    this.ownJobs = new JobOperations({ database, schema: 'catalog', types, wake: () => undefined });
  }

  /** Newest first. */
  async list(
    caller: Viewer | null,
    orgName: string | null | undefined,
    service: string,
    select: SelectJobs,
    page: PageSelection,
  ) {
    const { org } = await this.access.to(caller, orgName);
    const schema = schemaOf(service);
    const from = page.after ? readServiceRowId(page.after) : null;
    const { limit } = readPage({ limit: page.limit ?? null });
    const filter = {
      ...(select.state ? { state: select.state.toLowerCase() as JobState } : {}),
      ...(select.type ? { type: select.type } : {}),
      ...(org ? { orgId: org.id } : {}),
    };
    const before = from ? { beforeId: Number(from.rowId) } : {};
    const jobs = await this.database.run((manager) =>
      new JobReadModel(manager, schema).list(filter, { ...before, limit }),
    );
    return jobs.map((job) => viewJob(service, job));
  }

  async find(caller: Viewer | null, orgName: string | null | undefined, id: string) {
    const { org } = await this.access.to(caller, orgName);
    const { service, rowId } = readServiceRowId(id);
    const schema = schemaOf(service);
    const job = await this.database.run((manager) => new JobReadModel(manager, schema).find(Number(rowId)));
    if (!job || (org && job.orgId !== org.id)) throw entityNotFound();
    return viewJob(service, job);
  }

  async change(
    caller: Viewer | null,
    orgName: string | null | undefined,
    id: string,
    operation: JobOperation,
  ): Promise<'SUCCESS' | 'NOOP'> {
    const { viewer, org } = await this.access.to(caller, orgName);
    const { service, rowId: jobId } = readServiceRowId(id);
    schemaOf(service);
    const orgId = org?.id ?? null;
    const changeset = { operation: `${operation}Job`, orgId };
    await this.access.note(viewer, { resource: 'job', resourceId: id, changeset });
    if (service === own) return statusOf(await this.ownJobs.change(operation, jobId, orgId));
    const asked = { kind: `job_${operation}`, orgId, jobId } as const;
    return statusOf(await this.operations.of(service).ask(asked, operationAnswerV1));
  }

  /** For instance admins: a type is shared by all orgs. */
  async pauseType(viewer: Viewer, service: string, type: string, isPaused: boolean): Promise<'SUCCESS' | 'NOOP'> {
    schemaOf(service);
    const by = String(viewer.userId);
    if (service === own) {
      return statusOf(isPaused ? await this.ownJobs.pause(type, by) : await this.ownJobs.resume(type));
    }
    const asked = isPaused ? ({ kind: 'jobs_pause', type, by } as const) : ({ kind: 'jobs_resume', type } as const);
    return statusOf(await this.operations.of(service).ask(asked, operationAnswerV1));
  }
}

export const statusOf = ({ outcome }: OperationAnswerV1): 'SUCCESS' | 'NOOP' =>
  outcome === 'changed' ? 'SUCCESS' : 'NOOP';

function schemaOf(service: string): JobSchema {
  const schema = jobSchemas.find((one) => schemaOwner[one] === service);
  if (!schema) throw InputError.at(['service'], 'runs no jobs');
  return schema;
}

const viewJob = (service: string, { id, key: _key, state, progress, result, createdBy: _by, ...job }: JobView) => ({
  ...job,
  id: serviceRowId(service, id),
  service,
  state: state.toUpperCase(),
  progress: progress && { done: progress.done ?? null, total: progress.total ?? null, note: progress.note ?? null },
  result: typeof result === 'object' && result !== null && !Array.isArray(result) ? result : null,
});
