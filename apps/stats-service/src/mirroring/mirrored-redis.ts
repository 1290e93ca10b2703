import { Redis } from 'ioredis';
import type { StatsKeys } from '@groundswell/contracts';
import { beginScript, changeScript, clearScript, copyScript, endScript, keepScript } from './mirror-scripts';

type Fields = readonly (readonly [field: string, value: string])[];

interface ScriptedRedis extends Redis {
  statsChange(...args: (string | number)[]): Promise<number>;
  statsKeep(...args: (string | number)[]): Promise<number>;
  statsBegin(...args: (string | number)[]): Promise<number>;
  statsClear(...args: (string | number)[]): Promise<number>;
  statsCopy(...args: (string | number)[]): Promise<number>;
  statsEnd(...args: (string | number)[]): Promise<number>;
}

const connectTimeoutMs = 1_000;
/** Nobody waits for a mirror. */
const commandTimeoutMs = 2_000;
/** A connection whose other end has gone without a word answers nothing for ever: by then it is given up for a new one. */
const socketTimeoutMs = 2 * commandTimeoutMs;
const longestReconnectMs = 2_000;
/** How long figures stand that nobody confirms: readers go to the database then. */
const keptMs = 60_000;
/** How long a load may take between its beginning and its end. */
const loadMs = 600_000;
const keysPerScan = 500;

/** The mirror's keys in Redis. Every call fails while Redis is away, at once; nothing is sent twice or to another process. */
export class MirroredRedis {
  private readonly redis: ScriptedRedis;
  private runId: Promise<string> | null = null;

  constructor(
    url: string,
    private readonly keys: StatsKeys,
  ) {
    this.redis = new Redis(url, {
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandTimeoutMs,
      socketTimeout: socketTimeoutMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(100 * attempt, longestReconnectMs),
    }) as ScriptedRedis;
    this.redis.on('error', () => undefined);
    this.redis.on('close', () => (this.runId = null));
    const scripts = { Change: changeScript, Keep: keepScript, Begin: beginScript, Clear: clearScript };
    for (const [name, lua] of Object.entries({ ...scripts, Copy: copyScript, End: endScript })) {
      this.redis.defineCommand(`stats${name}`, { lua });
    }
  }

  get isReady(): boolean {
    return this.redis.status === 'ready';
  }

  /** False when it does not follow what is there. */
  async change(previous: number, version: number, campaigns: ReadonlyMap<number, Fields>): Promise<boolean> {
    const keys = [this.keys.loaded, ...[...campaigns.keys()].map(this.keys.campaign)];
    const fields = [...campaigns.values()].map((pairs) => JSON.stringify(pairs));
    const args = [await this.processId(), previous, version, ...fields];
    return (await this.redis.statsChange(keys.length, ...keys, ...args)) === 1;
  }

  /** Lets the figures stand for longer; false when they are not those of this version. */
  async keep(version: number): Promise<boolean> {
    return (await this.redis.statsKeep(1, this.keys.loaded, await this.processId(), version, keptMs)) === 1;
  }

  async begin(load: string): Promise<void> {
    await this.redis.statsBegin(2, this.keys.loaded, this.keys.loading, load, loadMs);
    let cursor = '0';
    do {
      const [next, found] = await this.redis.scan(cursor, 'MATCH', this.keys.campaigns, 'COUNT', keysPerScan);
      cursor = next;
      if (found.length === 0) continue;
      await isOurs(this.redis.statsClear(found.length + 1, this.keys.loading, ...found, load));
    } while (cursor !== '0');
  }

  async copy(load: string, campaigns: ReadonlyMap<number, Fields>): Promise<void> {
    const keys = [this.keys.loading, ...[...campaigns.keys()].map(this.keys.campaign)];
    const fields = [...campaigns.values()].map((pairs) => JSON.stringify(pairs));
    await isOurs(this.redis.statsCopy(keys.length, ...keys, load, ...fields));
  }

  async end(load: string, runId: string, version: number): Promise<void> {
    await isOurs(this.redis.statsEnd(2, this.keys.loading, this.keys.loaded, load, runId, version, keptMs));
  }

  /** Of the Redis process this connection leads to. */
  processId(): Promise<string> {
    this.runId ??= readRunId(this.redis).catch((error: unknown) => {
      this.runId = null;
      throw error;
    });
    return this.runId;
  }

  close(): void {
    this.redis.disconnect();
  }
}

async function readRunId(redis: Redis): Promise<string> {
  const runId = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1];
  if (!runId) throw new Error('Redis does not say its run_id');
  return runId;
}

async function isOurs(answer: Promise<number>): Promise<void> {
  if ((await answer) !== 1) throw new Error('another load has begun');
}
