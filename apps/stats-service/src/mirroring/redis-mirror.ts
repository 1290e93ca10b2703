import { randomUUID } from 'node:crypto';
import { statsFields } from '@groundswell/contracts';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { inSnapshot, portions } from '../counting/snapshot';
import { fieldsOf, type FiguresChange } from '../figures/figures-change';
import { FiguresRepository } from '../figures/figures.repository';
import type { FiguresOutlet } from '../intake/intake';
import type { Leader } from '../leading/leader';
import { OneAtATime } from '../leading/one-at-a-time';
import type { MirroredRedis } from './mirrored-redis';

export interface MirrorParts {
  redis: MirroredRedis;
  database: Database;
  leader: Leader;
  logger: Logger;
  onLoaded(): void;
}

const campaignsAtOnce = 200;
/** Changes that come during a load and wait for its end; with more of them there is another load. */
const waitingLimit = 50_000;

/**
 * The figures in Redis, for gateways: each transaction's as one step of Redis, and all of them from Postgres wherever what is
 * there is not what this transaction follows. Redis away is no fault of a delta: what it missed it gets by a copy.
 */
export class RedisMirror implements FiguresOutlet {
  /** Version that Redis has; null when that is not known, or nothing is there. */
  private version: number | null = null;
  /** Of this term of the leader. */
  private term: number | null = null;
  private waiting: FiguresChange[] | null = null;
  /** True where what is there, or the load under way, is to be replaced whatever its version. */
  private isOutdated = false;
  private fault: string | null = null;
  /** What is written follows what was written before it, so one at a time; changes wait for a load elsewhere. */
  private readonly turns = new OneAtATime();

  constructor(private readonly parts: MirrorParts) {}

  /** Whatever is there is to be replaced. */
  forget(): void {
    this.version = null;
    this.isOutdated = true;
  }

  async show(change: FiguresChange): Promise<void> {
    if (this.waiting) {
      if (this.waiting.length < waitingLimit) this.waiting.push(change);
      else this.isOutdated = true;
      return;
    }
    await this.turns.run(() => this.write(change));
  }

  /** Called every so often while this replica leads: what is there is kept alive, or loaded. */
  async tend(): Promise<void> {
    const { redis, leader } = this.parts;
    const { term } = leader;
    if (!redis.isReady || term === null || this.waiting) return;
    try {
      const waiting = await this.turns.run(() => this.keep(term));
      if (waiting) await this.load(waiting);
    } catch (error) {
      this.note(error);
    }
  }

  /** Null when what is there stands; else it is to be loaded, and from now on changes wait here. */
  private async keep(term: number): Promise<FiguresChange[] | null> {
    // Another replica may have written in between.
    if (this.term !== term) this.version = null;
    this.term = term;
    if (!this.isOutdated && this.version !== null && (await this.parts.redis.keep(this.version))) return null;
    this.version = null;
    this.isOutdated = false;
    this.waiting = [];
    return this.waiting;
  }

  private async write(change: FiguresChange): Promise<void> {
    if (this.version === null) return;
    try {
      const fits = change.previous === this.version;
      this.version =
        fits && (await this.parts.redis.change(change.previous, change.version, change.campaigns))
          ? change.version
          : null;
    } catch (error) {
      this.version = null;
      this.note(error);
    }
  }

  private async load(waiting: FiguresChange[]): Promise<void> {
    const startedAt = performance.now();
    try {
      const { version, campaigns } = await this.copy();
      this.version = version;
      for (let change = waiting.shift(); change; change = waiting.shift()) {
        if (change.version > version) await this.write(change);
      }
      this.fault = null;
      const ms = Math.round(performance.now() - startedAt);
      this.parts.logger.info({ version, campaigns, ms }, 'figures copied to Redis');
      this.parts.onLoaded();
    } finally {
      this.waiting = null;
    }
  }

  private async copy(): Promise<{ version: number; campaigns: number }> {
    const { redis, database, leader } = this.parts;
    const load = randomUUID();
    const runId = await redis.processId();
    // Whoever was overtaken must not replace what its successor copied.
    await database.transaction((manager) => leader.check(manager));
    await redis.begin(load);
    return inSnapshot(database, async (manager) => {
      const rows = new FiguresRepository(manager);
      const { version } = await rows.state();
      const versions = await rows.campaignVersions();
      for (const some of portions([...versions], campaignsAtOnce)) {
        const ids = some.map(([id]) => id);
        const fields = fieldsOf(await rows.ofCampaigns(ids), await rows.pagesOfCampaigns(ids));
        const known = some.flatMap(([id, own]) => {
          const of = fields.get(id);
          return of ? [[id, [[statsFields.version, String(own)], ...of]] as [number, [string, string][]]] : [];
        });
        if (known.length > 0) await redis.copy(load, new Map(known));
      }
      await redis.end(load, runId, version);
      return { version, campaigns: versions.size };
    });
  }

  private note(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.fault) this.parts.logger.warn({ reason }, 'figures not in Redis');
    this.fault = reason;
  }
}
