import { readFile } from 'node:fs/promises';
import type { Service } from '@groundswell/fleet';

const everyMs = 1_000;
/** Of each so many seconds the least counts: what garbage comes to in between is no growth. */
const blockSeconds = 10;

/** One process of a service from its start to its end, or to now. */
export interface MemoryLife {
  as: string;
  name: string;
  /** One per second, MiB: all that is resident, and what of it is the process' own. */
  samples: { rss: number; anon: number }[];
}

/** Memory of processes as the kernel counts it, while they come and go. */
export class MemoryLives {
  readonly lives: MemoryLife[] = [];
  private readonly watched = new Map<MemoryLife, number>();
  private readonly timer = setInterval(() => void this.sampleAll(), everyMs);

  watch({ as, name, pid }: Service): void {
    const life: MemoryLife = { as, name, samples: [] };
    this.lives.push(life);
    this.watched.set(life, pid);
  }

  /** It is about to end. */
  leave(as: string): void {
    for (const life of this.watched.keys()) if (life.as === as) this.watched.delete(life);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async sampleAll(): Promise<void> {
    for (const [life, pid] of this.watched) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
      if (status !== null) life.samples.push({ rss: megabytes(status, 'VmRSS'), anon: megabytes(status, 'RssAnon') });
    }
  }
}

const megabytes = (status: string, field: string): number =>
  Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1024;

/**
 * By how much memory grows in a minute: the slope of the line with the least squares through the least value of each ten seconds.
 * `perSecond` are values of one second each. NaN of less than two blocks.
 */
export function growthPerMinute(perSecond: readonly number[]): number {
  const blocks = Math.floor(perSecond.length / blockSeconds);
  const least = Array.from({ length: blocks }, (_, block) =>
    Math.min(...perSecond.slice(block * blockSeconds, (block + 1) * blockSeconds)),
  );
  const [middle, mean] = [(blocks - 1) / 2, least.reduce((sum, value) => sum + value, 0) / blocks];
  const covariance = least.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  const variance = least.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return variance === 0 ? NaN : (covariance / variance) * (60 / blockSeconds);
}

/** Growth that goes on: the lesser of that of both halves. A step, as when a heap takes one more chunk, is in one of them only. */
export function lastingGrowthPerMinute(perSecond: readonly number[]): number {
  const half = Math.floor(perSecond.length / 2);
  return Math.min(growthPerMinute(perSecond.slice(0, half)), growthPerMinute(perSecond.slice(half)));
}
