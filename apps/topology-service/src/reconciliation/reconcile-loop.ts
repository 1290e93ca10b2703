import { Backoff, type BackoffOptions, type RabbitConnection } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import type { Catalogue } from '@groundswell/persistence';
import { BrokerRefusedError } from './broker-refused.error';
import type { DesiredState } from './desired-state';
import type { QueueSetRepository } from './queue-set.repository';
import type { ReconcileLease } from './reconcile-lease';
import type { Reconciler } from './reconciler';
import type { RoundMetrics } from './round-metrics';

export interface ReconcileLoopSettings {
  /** Longest time between two rounds, ms. */
  reconcileMs: number;
  /** How often the catalogue is compared, ms. */
  pollMs: number;
  leaseMs: number;
  /** Pauses after a round that failed. */
  retry: BackoffOptions;
}

export interface ReconcileLoopParts {
  reconciler: Pick<Reconciler, 'run' | 'onReconnected'>;
  lease: ReconcileLease;
  catalogue: Catalogue;
  desired: DesiredState;
  queueSets: QueueSetRepository;
  connection: RabbitConnection;
  metrics: RoundMetrics;
  logger: Logger;
}

/** starting: no word from the database yet. standby: another replica reconciles. away: no broker. active: it is us. */
export type Role = 'starting' | 'standby' | 'away' | 'active';

/** Longest pause after a round for the sake of the broker alone. */
const longestBreatherMs = 1_000;

/** Decides when a round runs: at start, when the catalogue asks for something else, after a reconnect, when a young queue has
 *  come of age, and every `reconcileMs`. One replica at a time; a replica without broker leaves the lease to others. */
export class ReconcileLoop {
  role: Role = 'starting';
  /** Why the last round failed; null after one that did not. */
  fault: string | null = null;
  /** True once any replica has ever confirmed the system queues. */
  wasSystemConfirmed = false;

  private nextRoundAt = 0;
  private hasReconnected = false;
  private plannedFor = { version: -1, fingerprint: '' };
  private readonly backoff: Backoff;
  private isStopped = false;
  private wakeUp: () => void = () => undefined;
  private isWoken = false;
  private running: Promise<void> | undefined;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly parts: ReconcileLoopParts,
    private readonly settings: ReconcileLoopSettings,
  ) {
    this.backoff = new Backoff(settings.retry);
  }

  start(): void {
    if (this.isStopped) return;
    this.stopListening = this.parts.connection.onChange((state) => {
      this.hasReconnected ||= state === 'up';
      this.wake();
    });
    this.running ??= this.loop();
  }

  /** Has the catalogue compared now, and a round run if it asks for something else. */
  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Lets the round in hand come to its end, then leaves the lease to the next replica. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.stopListening();
    this.wake();
    await this.running;
    // The database may be away; then the lease runs out by itself.
    await this.parts.lease.release().catch(() => undefined);
  }

  private async loop(): Promise<void> {
    while (!this.isStopped) {
      this.isWoken = false;
      await this.sleep(await this.turnSafely());
    }
  }

  private async sleep(pauseMs: number): Promise<void> {
    if (this.isWoken || this.isStopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
      timer = setTimeout(resolve, pauseMs);
    });
    clearTimeout(timer);
  }

  private async turnSafely(): Promise<number> {
    const before = this.role;
    try {
      const pauseMs = await this.turn();
      if (this.role !== before) this.parts.logger.info({ role: this.role }, 'role');
      this.parts.metrics.role(this.role === 'active');
      return pauseMs;
    } catch (err) {
      const pauseMs = this.backoff.nextMs();
      // Another replica may fare better.
      await this.parts.lease.release().catch(() => undefined);
      this.fault = err instanceof Error ? err.message : String(err);
      this.nextRoundAt = performance.now() + pauseMs;
      this.parts.logger[err instanceof BrokerRefusedError ? 'error' : 'warn'](
        { err, pauseMs },
        'topology not reconciled',
      );
      return pauseMs;
    }
  }

  /** Returns how long to wait for the next turn, ms. */
  private async turn(): Promise<number> {
    const { lease, catalogue, connection, queueSets } = this.parts;
    const { pollMs, leaseMs } = this.settings;
    this.wasSystemConfirmed ||= await queueSets.wasSystemConfirmed();
    if (connection.state === 'away') {
      await lease.release();
      this.role = 'away';
      this.fault = null;
      return leaseMs;
    }
    if (!(await lease.acquire())) {
      this.role = 'standby';
      this.fault = null;
      // Whoever takes over starts from a fresh look.
      this.nextRoundAt = 0;
      return Math.min(pollMs, leaseMs / 3);
    }
    this.role = 'active';
    await catalogue.refresh();
    const isDue = performance.now() >= this.nextRoundAt || this.hasReconnected;
    if (isDue || this.asksForSomethingElse()) await this.round();
    return Math.max(0, Math.min(pollMs, leaseMs / 3, this.nextRoundAt - performance.now()));
  }

  private asksForSomethingElse(): boolean {
    const { catalogue, desired } = this.parts;
    if (catalogue.version === this.plannedFor.version) return false;
    const fingerprint = desired.fingerprint();
    const isSame = fingerprint === this.plannedFor.fingerprint;
    this.plannedFor = { version: catalogue.version, fingerprint };
    return !isSame;
  }

  private async round(): Promise<void> {
    const { lease, reconciler, metrics, queueSets } = this.parts;
    const startedAt = performance.now();
    this.asksForSomethingElse();
    if (this.hasReconnected) reconciler.onReconnected();
    this.hasReconnected = false;
    try {
      const pauseMs = await lease.keptDuring(() => reconciler.run());
      const tookMs = performance.now() - startedAt;
      const wishedMs = Math.min(pauseMs ?? this.settings.reconcileMs, this.settings.reconcileMs);
      // Rounds of big installations are long: queues that come of age one by one must not keep the broker busy with lists.
      this.nextRoundAt = performance.now() + Math.max(wishedMs, Math.min(tookMs / 2, longestBreatherMs));
      metrics.ended('done', startedAt);
    } catch (error) {
      metrics.ended('failed', startedAt);
      throw error;
    }
    this.backoff.reset();
    this.fault = null;
    this.wasSystemConfirmed ||= await queueSets.wasSystemConfirmed();
  }
}
