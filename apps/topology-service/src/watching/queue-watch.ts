import type { RabbitConnection } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import type { ManagementClient, QueueFigures } from '../broker/management.client';
import type { LossRepository } from '../losses/loss.repository';
import type { QueueMarkRepository } from '../losses/queue-mark.repository';
import type { Alarms } from '../reconciliation/alarms';
import type { QueueSetRepository, WatchedQueueSet } from '../reconciliation/queue-set.repository';
import type { ReconcileLease } from '../reconciliation/reconcile-lease';
import type { TopologyAnnouncer } from '../reconciliation/topology-announcer';
import { orgIdOf } from '../desired/org-scope';
import { fullnessChanges, type FullnessMarks } from './fullness';
import { isDrained, StuckMessages } from './stuck-messages';
import type { QueueAlerts } from './queue-alerts';
import type { WatchMetrics } from './watch-metrics';

export interface QueueWatchParts {
  management: Pick<ManagementClient, 'figures'>;
  queueSets: QueueSetRepository;
  losses: LossRepository;
  marks: QueueMarkRepository;
  lease: ReconcileLease;
  announcer: TopologyAnnouncer;
  connection: Pick<RabbitConnection, 'state'>;
  alarms: Alarms;
  alerts: QueueAlerts;
  metrics: WatchMetrics;
  logger: Logger;
}

export interface QueueWatchSettings extends FullnessMarks {
  /** Pause between two looks, ms. */
  lookMs: number;
}

/** Pause between two writes of when queues were last empty, ms. */
const drainsEveryMs = 30_000;

/** Looks at how much every queue holds, beside the rounds, which can take minutes on a fresh broker: says in queue_sets for
 *  which orgs relays must stop, and raises alarms for messages that do not move. Only the replica that reconciles looks. */
export class QueueWatch {
  private stuckMessages = new StuckMessages();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isStopped = false;
  private isFailing = false;
  private drainsDueAt = 0;

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
    const { lease, connection, alarms, alerts, logger, metrics } = this.parts;
    if (!lease.isHeld) {
      alerts.forget();
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
    const { management, queueSets, alarms, alerts, metrics } = this.parts;
    // Before the figures: what comes later is not in them.
    const askedAt = await queueSets.now();
    // Rows after figures: a queue declared in between counts as empty, not as unknown for good.
    const figures = new Map((await management.figures()).map((queue) => [queue.name, queue]));
    const rows = await queueSets.all();
    const fullScopes = await this.updateFull(rows, figures);
    const ours = new Set(rows.flatMap(({ queues }) => queues));
    const looked = [...figures.values()].filter(({ name }) => ours.has(name));
    await this.noteDrained(looked, askedAt);
    const stuck = this.stuckMessages.observe(looked);
    await this.recordStuck(rows, askedAt);
    metrics.full(fullScopes);
    metrics.stuck(stuck);
    alarms.replace('look', [
      ...fullScopes.map((scope) => `${scope} is full`),
      ...[...stuck.keys()].map((queue) => `queue ${queue} has messages that are neither ready nor unacked`),
    ]);
    await alerts.observe(rows, looked, askedAt);
  }

  /** The last moment each queue held nothing at all: what went with it later was sent after that. */
  private async noteDrained(figures: readonly QueueFigures[], askedAt: Date): Promise<void> {
    const { lease, marks } = this.parts;
    if (performance.now() < this.drainsDueAt) return;
    const drained = figures.filter(isDrained).map(({ name }) => name);
    if (drained.length > 0) await lease.write((manager) => marks.drained(manager, drained, askedAt));
    this.drainsDueAt = performance.now() + drainsEveryMs;
  }

  /** Once for each time that messages get stuck in a queue of an org: they are to be sent again, as nobody will see them. */
  private async recordStuck(rows: readonly WatchedQueueSet[], foundAt: Date): Promise<void> {
    const { lease, losses } = this.parts;
    for (const { queue, isNew } of this.stuckMessages.begun) {
      const scope = rows.find(({ queues }) => queues.includes(queue))?.scope ?? '';
      const orgId = orgIdOf(scope);
      const loss = { scope, orgId, queue, cause: 'stuck' as const, lostFrom: null, foundAt };
      if (orgId !== null) await lease.write((manager) => losses.recordStuck(manager, loss, isNew));
      this.stuckMessages.told(queue);
    }
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
