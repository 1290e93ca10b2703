import type { EntityManager } from 'typeorm';
import { LeaseRepository, type Database } from '@groundswell/persistence';
import { LeaseLostError } from './lease-lost.error';

const name = 'reconcile';

export interface LeaseSettings {
  /** Unique per process. */
  holder: string;
  /** How long a silent replica keeps the lease, ms. */
  ttlMs: number;
}

/** One replica reconciles at a time. What it does on the broker can be repeated by the next; what it writes is fenced. */
export class ReconcileLease {
  private readonly leases = new LeaseRepository('topology');
  private fencing: number | null = null;
  private heldUntil = 0;

  constructor(
    private readonly database: Database,
    private readonly settings: LeaseSettings,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** By our own clock, counted from before we asked: never longer than the database thinks. */
  get isHeld(): boolean {
    return this.fencing !== null && this.now() < this.heldUntil;
  }

  assertHeld(): void {
    if (!this.isHeld) throw new LeaseLostError();
  }

  /** Takes or renews it; false while another replica has it. */
  async acquire(): Promise<boolean> {
    const { holder, ttlMs } = this.settings;
    const askedAt = this.now();
    this.fencing = await this.database.run((manager) => this.leases.acquire(manager, name, holder, ttlMs));
    this.heldUntil = askedAt + ttlMs;
    return this.isHeld;
  }

  /** Renews it for as long as `work` takes. */
  async keptDuring<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let isDone = false;
    const renew = async (): Promise<void> => {
      // A renewal that fails leaves the lease to run out, which `assertHeld` notices.
      await this.acquire().catch(() => undefined);
      if (!isDone) renewLater();
    };
    const renewLater = (): void => {
      timer = setTimeout(() => void renew(), this.settings.ttlMs / 3);
    };
    renewLater();
    try {
      return await work();
    } finally {
      isDone = true;
      clearTimeout(timer);
    }
  }

  /** One transaction that only commits while the lease is ours. */
  async write(work: (manager: EntityManager) => Promise<void>): Promise<void> {
    const { fencing } = this;
    await this.database.transaction(async (manager) => {
      if (fencing === null || !(await this.leases.holds(manager, name, fencing))) throw new LeaseLostError();
      await work(manager);
    });
  }

  /** Lets the next replica start at once. */
  async release(): Promise<void> {
    if (this.fencing === null) return;
    this.fencing = null;
    await this.database.run((manager) => this.leases.release(manager, name, this.settings.holder));
  }
}
