import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { WaitingWorkReadModel } from '@groundswell/persistence';
import { TurnLoop } from '@groundswell/service';
import type { ManagementClient } from '../broker/management.client';
import type { QueueSetRepository } from '../reconciliation/queue-set.repository';
import type { ReconcileLease } from '../reconciliation/reconcile-lease';
import { QueueSampleRepository } from './queue-sample.repository';
import type { ShownOrg } from './org-metrics';
import { SampleMaker, type AgedQueue } from './sample';
import type { SampleMetrics } from './sample-metrics';

/** A queue was empty when it was declared. */
const emptySinceRows = `
  select queue, extract(epoch from now() - coalesce(drained_at, case when is_declared then noted_at end))::float8 as seconds
    from topology.queue_marks where queue = any($1::text[])`;

/** The newest; of older ones only what is theirs by id is known. */
const knownOrgs = 'select id::int as id, name from catalog.orgs where deleted_at is null order by id desc limit 10000';

export interface QueueSamplerParts {
  database: Database;
  management: Pick<ManagementClient, 'figures'>;
  queueSets: Pick<QueueSetRepository, 'all'>;
  lease: Pick<ReconcileLease, 'isHeld' | 'write'>;
  metrics: SampleMetrics;
  logger: Logger;
}

/** Writes down every minute what waits in the broker and in every service's tables (background-jobs.md §9). Only the replica that
 *  reconciles samples. */
export class QueueSampler {
  private readonly loop: TurnLoop;
  private readonly work: WaitingWorkReadModel;
  private readonly samples = new QueueSampleRepository();
  private readonly maker = new SampleMaker();

  constructor(
    private readonly parts: QueueSamplerParts,
    everyMs: number,
  ) {
    this.work = new WaitingWorkReadModel(parts.database);
    const options = { pollMs: everyMs, failed: 'queues not sampled', logger: parts.logger };
    this.loop = new TurnLoop(() => this.sample(), options);
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async sample(): Promise<void> {
    const { lease, metrics } = this.parts;
    if (!lease.isHeld) {
      this.maker.forget();
      metrics.forget();
      return;
    }
    const [broker, waiting, done, orgs] = await Promise.all([
      this.brokerQueues(),
      this.work.all(),
      this.work.doneLastMinute(),
      this.parts.database.query<ShownOrg & object>(knownOrgs),
    ]);
    const samples = this.maker.samplesOf(broker, waiting, done);
    metrics.show(waiting, broker, orgs);
    await lease.write(async (manager) => {
      await this.samples.insert(manager, samples);
      await this.samples.prune(manager);
    });
  }

  /** None while the broker does not say. */
  private async brokerQueues(): Promise<AgedQueue[]> {
    const { management, queueSets, database } = this.parts;
    const found = await management.figures().catch(() => []);
    const ours = new Set((await queueSets.all()).flatMap(({ queues }) => queues));
    const queues = found.filter(({ name }) => ours.has(name));
    const held = queues.filter(({ messages = 0 }) => messages > 0).map(({ name }) => name);
    const rows = await database.query<{ queue: string; seconds: number | null }>(emptySinceRows, [held]);
    const ages = new Map(rows.map(({ queue, seconds }) => [queue, seconds]));
    return queues.map((queue) => ({ ...queue, oldestSeconds: ages.get(queue.name) ?? null }));
  }
}
