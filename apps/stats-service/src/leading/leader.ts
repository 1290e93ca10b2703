import type { EntityManager } from 'typeorm';
import { LeaseRepository, type Database } from '@groundswell/persistence';
import { NotLeadingError } from './not-leading.error';

const name = 'leader';

export interface LeaderSettings {
  /** Unique per process. */
  holder: string;
  /** How long a silent replica keeps the lease, ms. */
  leaseMs: number;
}

/** One replica reads deltas and writes figures. Each of its transactions checks the lease's number: one that was overtaken
 *  writes nothing. */
export class Leader {
  private readonly leases = new LeaseRepository('stats');
  private fencing: number | null = null;
  private heldUntil = 0;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private renewing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly settings: LeaderSettings,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** By our own clock, counted from before we asked: never longer than the database thinks. */
  get isLeading(): boolean {
    return this.fencing !== null && this.now() < this.heldUntil;
  }

  /** Number of the lease: another one means that another replica may have written in between. */
  get term(): number | null {
    return this.isLeading ? this.fencing : null;
  }

  start(): void {
    if (this.isStopped) return;
    this.renewing = this.renew();
    void this.renewing.then(() => {
      this.timer = setTimeout(() => this.start(), this.settings.leaseMs / 3);
    });
  }

  /** Keeps the lease where it is until this transaction ends. `term`: when what is written was begun. */
  async check(manager: EntityManager, term: number | null = this.fencing): Promise<void> {
    if (term === null || !(await this.leases.holds(manager, name, term))) throw new NotLeadingError();
  }

  /** Lets the next replica start at once. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.renewing;
    clearTimeout(this.timer);
    if (this.fencing === null) return;
    this.fencing = null;
    // The database may be away; then the lease runs out by itself.
    await this.database
      .run((manager) => this.leases.release(manager, name, this.settings.holder))
      .catch(() => undefined);
  }

  /** A renewal that fails leaves the lease to run out. */
  private async renew(): Promise<void> {
    const { holder, leaseMs } = this.settings;
    const askedAt = this.now();
    try {
      this.fencing = await this.database.run(
        (manager) => this.leases.acquire(manager, name, holder, leaseMs),
        leaseMs / 3,
      );
      this.heldUntil = askedAt + leaseMs;
    } catch {
      return;
    }
  }
}
