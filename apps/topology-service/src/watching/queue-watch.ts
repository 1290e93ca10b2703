import type { RabbitConnection } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import type { ManagementClient, QueueFigures } from '../broker/management.client';
import type { Alarms } from '../reconciliation/alarms';
import type { QueueSetRepository, WatchedQueueSet } from '../reconciliation/queue-set.repository';
import type { ReconcileLease } from '../reconciliation/reconcile-lease';
import type { TopologyAnnouncer } from '../reconciliation/topology-announcer';
import { fullnessChanges, type FullnessMarks } from './fullness';
import { StuckMessages } from './stuck-messages';
import type { WatchMetrics } from './watch-metrics';

export interface QueueWatchParts {
  management: Pick<ManagementClient, 'figures'>;
  queueSets: QueueSetRepository;
  lease: ReconcileLease;
  announcer: TopologyAnnouncer;
  connection: Pick<RabbitConnection, 'state'>;
  alarms: Alarms;
  metrics: WatchMetrics;
  logger: Logger;
}

export interface QueueWatchSettings extends FullnessMarks {
  /** Pause between two looks, ms. */
  lookMs: number;
}

/** Looks at how much every queue holds, beside the rounds, which can take minutes on a fresh broker: says in queue_sets for
 *  which orgs relays must stop, and raises alarms for messages that do not move. Only the replica that reconciles looks. */
export class QueueWatch {
  private stuckMessages = new StuckMessages();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isStopped = false;
  private isFailing = false;

  constructor(
    private readonly parts: QueueWatchParts,
    private readonly settings: QueueWatchSettings,
  ) {}

  start(): void {
    this.next();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private next(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.lookSafely().finally(() => this.next());
    }, this.settings.lookMs);
  }

  private async lookSafely(): Promise<void> {
    const { lease, connection, alarms, logger, metrics } = this.parts;
    if (!lease.isHeld) {
      this.stuckMessages = new StuckMessages();
      alarms.forget('look');
      metrics.stuck(new Map());
      metrics.full([]);
      return;
    }
    if (connection.state === 'away') return;
    try {
      await this.look();
      this.isFailing = false;
    } catch (err) {
      // What was full stays full until we know better: relays wait rather than overfill.
      if (!this.isFailing) logger.warn({ err }, 'queues not looked at, tried again');
      this.isFailing = true;
    }
  }

  private async look(): Promise<void> {
    const { management, queueSets, alarms, metrics } = this.parts;
    // Rows after figures: a queue declared in between counts as empty, not as unknown for good.
    const figures = new Map((await management.figures()).map((queue) => [queue.name, queue]));
    const rows = await queueSets.all();
    const fullScopes = await this.updateFull(rows, figures);
    const ours = new Set(rows.flatMap(({ queues }) => queues));
    const stuck = this.stuckMessages.observe([...figures.values()].filter(({ name }) => ours.has(name)));
    metrics.full(fullScopes);
    metrics.stuck(stuck);
    alarms.replace('look', [
      ...fullScopes.map((scope) => `${scope} is full`),
      ...[...stuck.keys()].map((queue) => `queue ${queue} has messages that are neither ready nor unacked`),
    ]);
  }

  /** Returns all scopes that are full now. */
  private async updateFull(rows: readonly WatchedQueueSet[], figures: ReadonlyMap<string, QueueFigures>) {
    const { queueSets, lease, announcer, logger } = this.parts;
    const bytesOf = (queue: string): number | null => {
      const found = figures.get(queue);
      return found ? (found.message_bytes ?? null) : 0;
    };
    const changes = fullnessChanges(rows, bytesOf, this.settings);
    const scopesOf = (isFull: boolean) =>
      changes.filter((change) => change.isFull === isFull).map(({ row }) => row.scope);
    if (changes.length > 0) {
      await lease.write(async (manager) => {
        await queueSets.setFull(manager, scopesOf(true), true);
        await queueSets.setFull(manager, scopesOf(false), false);
      });
      for (const { row, isFull, queue, bytes } of changes) {
        announcer.add(row);
        logger.warn({ scope: row.scope, isFull, queue, bytes }, isFull ? 'relays stop' : 'relays go on');
      }
      await announcer.flush();
    }
    const before = rows.filter(({ isFull }) => isFull).map(({ scope }) => scope);
    const freed = new Set(scopesOf(false));
    return [...before.filter((scope) => !freed.has(scope)), ...scopesOf(true)];
  }
}
