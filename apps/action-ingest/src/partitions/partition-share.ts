import { ingestQueue, partitionCount } from '@groundswell/contracts';
import { assignPartitions } from '@groundswell/messaging';
import type { Database, ReplicaRepository } from '@groundswell/persistence';

/** How often a replica says that it lives, and for how long the others believe it, ms (design.md §3.3). */
export const heartbeatEveryMs = 2_500;
export const aliveMs = 10_000;

export interface QueueTaker {
  setQueues(consumerId: string, queues: string[]): void | Promise<void>;
}

/**
 * Shares the partitions among the live replicas by rendezvous hashing. Two replicas may hold one partition for a moment
 * while shares change; the partition's advisory lock and the known ids make that safe.
 */
export class PartitionShare {
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> = Promise.resolve();
  private held: number[] = [];
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly replicas: ReplicaRepository,
    private readonly consumers: QueueTaker,
    private readonly replicaId: string,
    private readonly logger: { info(fields: object, text: string): void; warn(fields: object, text: string): void },
  ) {}

  /** Partitions this replica consumes now. */
  get partitions(): readonly number[] {
    return this.held;
  }

  /** Beats as soon as the database is there: at boot it is still being connected to. */
  start(): void {
    this.beating = this.database.connect(heartbeatEveryMs).then(() => this.beat());
  }

  /** Stops beating and says goodbye, so that the others take over at once. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.beating;
    await this.database
      .run((manager) => this.replicas.leave(manager, this.replicaId))
      .catch((error: unknown) => {
        // The row runs out by itself in 10 s.
        this.logger.warn({ reason: String(error) }, 'could not remove the heartbeat');
      });
  }

  private async beat(): Promise<void> {
    try {
      const live = await this.database.run((manager) => this.replicas.beat(manager, this.replicaId, aliveMs));
      this.take(assignPartitions(this.replicaId, live, partitionCount), live.length);
    } catch (error) {
      // Without the database nothing can be stored: the consumer stops by itself and the share stays as it is.
      this.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'heartbeat failed');
    }
    if (!this.stopped) this.timer = setTimeout(() => void (this.beating = this.beat()), heartbeatEveryMs);
  }

  /** Not waited for: leaving a queue takes as long as the batch in hand, and the heart must go on beating meanwhile. */
  private take(partitions: number[], replicas: number): void {
    if (this.stopped || partitions.join() === this.held.join()) return;
    this.held = partitions;
    this.logger.info({ partitions, replicas }, 'partitions shared anew');
    Promise.resolve(this.consumers.setQueues('ingest', partitions.map(ingestQueue))).catch((error: unknown) => {
      this.logger.warn({ reason: String(error) }, 'queues not changed');
    });
  }
}
