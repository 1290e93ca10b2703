import { brokerQueuesAnswerV1 } from '@groundswell/contracts';
import { JobReadModel, jobSchemas } from '@groundswell/jobs';
import {
  Database,
  QueueSampleReadModel,
  sampledDays,
  schemaOwner,
  WaitingWorkReadModel,
  type WaitingWork,
} from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError, InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { GatewayConfig } from '../config';
import { TopologyClient } from '../crm-access/topology.client';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { MonitorAccess, type MonitorScope } from './monitor-access';
import { monitoredQueues, type BrokerQueue, type MonitoredQueueView } from './monitored-queues';

export interface SelectQueues {
  orgName?: string | null;
  kind?: string | null;
  /** Name of the last one of the page before. */
  after?: string | null;
  limit?: number | null;
}

export interface MonitoredQueuesView {
  /** False: queues of the broker are left out. */
  brokerAnswers: boolean;
  queues: MonitoredQueueView[];
}

export const defaultQueues = 200;
export const mostQueues = 1_000;

/** A history has about a thousand points at most. */
const minutesOfPoint = (days: number): number => (days === 1 ? 1 : Math.ceil((days * 24 * 60) / 1_000 / 5) * 5);
/** How long the list waits for what the broker holds, ms: a page asks for it every 5 s. */
const brokerWaitMs = 4_000;
/** A process that was not heard of for that long is no worker. */
const workerSilentSeconds = 60;

/** One list over everything that waits (docs/queues.md). */
@Injectable()
export class QueueMonitorService {
  private readonly work: WaitingWorkReadModel;
  private readonly samples: QueueSampleReadModel;
  private counting: Promise<WaitingWork[]> | null = null;

  constructor(
    private readonly database: Database,
    private readonly access: MonitorAccess,
    private readonly topology: TopologyClient,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>,
  ) {
    this.work = new WaitingWorkReadModel(database);
    this.samples = new QueueSampleReadModel(database);
  }

  async list(caller: Viewer | null, { orgName, kind, after, limit }: SelectQueues): Promise<MonitoredQueuesView> {
    const count = limit ?? defaultQueues;
    if (count < 1) throw InputError.at(['limit'], 'must be greater than 0');
    if (count > mostQueues) throw InputError.at(['limit'], 'is too large');
    const { brokerAnswers, queues } = await this.queuesOf(await this.access.to(caller, orgName));
    const asked = queues.filter((queue) => (!kind || queue.kind === kind) && (!after || queue.name > after));
    return { brokerAnswers, queues: asked.slice(0, count) };
  }

  async one(caller: Viewer | null, orgName: string | null, name: string): Promise<MonitoredQueueView> {
    const { queues } = await this.queuesOf(await this.access.to(caller, orgName));
    const found = queues.find((queue) => queue.name === name);
    if (!found) throw entityNotFound();
    return found;
  }

  async history(caller: Viewer | null, orgName: string | null | undefined, name: string, days: number) {
    const { org } = await this.access.to(caller, orgName);
    if (days < 1) throw InputError.at(['days'], 'must be greater than 0');
    if (days > sampledDays) throw InputError.at(['days'], 'is too large');
    if (org && !isSampledForOrg(name, org.id, org.queues)) throw entityNotFound();
    const rows = await this.samples.history(name, days, minutesOfPoint(days));
    return rows.map(({ entered, done, errors, ...row }) => ({
      ...row,
      inPerMinute: entered,
      outPerMinute: done,
      errorsPerMinute: errors,
    }));
  }

  private async queuesOf({ org }: MonitorScope): Promise<MonitoredQueuesView> {
    const [broker, work, rates, workers] = await Promise.all([
      this.brokerQueues(org?.id ?? null),
      org ? this.work.ofOrg(org.id, org.queues) : this.allWork(),
      this.samples.latestRates(),
      this.workers(),
    ]);
    const shown = org ? ownWork(work) : work;
    const found = monitoredQueues({ broker: broker ?? [], work: shown, rates, workers, now: new Date() });
    // What is counted of all orgs together is nobody's own.
    const queues = org ? found.map((queue) => ({ ...queue, ...ratesFor(queue, org) })) : found;
    return { brokerAnswers: broker !== null, queues };
  }

  /** Counting a large backlog takes a while: however many look on, it is counted once at a time. */
  private allWork(): Promise<WaitingWork[]> {
    this.counting ??= this.work.all().finally(() => (this.counting = null));
    return this.counting;
  }

  /** Null while nobody can say: the rest is worth seeing then more than ever. */
  private async brokerQueues(orgId: number | null): Promise<readonly BrokerQueue[] | null> {
    try {
      const waitMs = Math.min(this.config.ANSWER_WAIT_MS, brokerWaitMs);
      return (await this.topology.ask({ kind: 'broker_queues', orgId }, brokerQueuesAnswerV1, waitMs)).queues;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unavailable') return null;
      throw error;
    }
  }

  /** Live processes that run jobs, by service. */
  private async workers(): Promise<Map<string, number>> {
    const oldest = Date.now() - workerSilentSeconds * 1_000;
    return this.database.run(async (manager) => {
      const counts = new Map<string, number>();
      for (const schema of jobSchemas) {
        const found = await new JobReadModel(manager, schema).workers();
        counts.set(schemaOwner[schema], found.filter(({ heartbeatAt }) => heartbeatAt.getTime() > oldest).length);
      }
      return counts;
    });
  }
}

/** Without types of jobs the org has none of. */
function ownWork(work: readonly WaitingWork[]): WaitingWork[] {
  const has = new Set(
    work.filter(({ orgId }) => orgId !== null).map(({ kind, owner, name }) => `${kind} ${owner} ${name}`),
  );
  return work.filter(
    ({ kind, owner, name, orgId }) => kind !== 'jobs' || orgId !== null || has.has(`${kind} ${owner} ${name}`),
  );
}

/** Queues that are one org's alone have samples of their own. */
const isSampledForOrg = (name: string, orgId: number, queues: readonly string[]): boolean =>
  queues.includes(name) ||
  (/^parked:[a-z-]+:/.test(name) && queues.includes(name.replace(/^parked:[a-z-]+:/, ''))) ||
  name.startsWith(`pushes:${orgId}:`) ||
  new RegExp(`^outbox:[a-z-]+:${orgId}$`).test(name);

const ratesFor = ({ name }: MonitoredQueueView, org: { id: number; queues: readonly string[] }) =>
  isSampledForOrg(name, org.id, org.queues) ? {} : { inPerMinute: null, outPerMinute: null, errorsPerMinute: null };
