import { hash } from 'node:crypto';
import { Redis } from 'ioredis';
import type { CopyStore, StoredCopy } from './copy-store';

export interface RedisCopyStoreOptions {
  /** REDIS_URL */
  url: string;
  /** Whose catalogue it is: two installations may share a Redis. */
  databaseUrl: string;
}

const connectTimeoutMs = 1_000;
/** Counts from the call, so it holds for a connection that does not come too. A copy of 100 MB passes within it. */
const commandTimeoutMs = 3_000;
const longestReconnectMs = 5_000;
/** A fleet that was off for longer than this does not boot from a copy. */
const keptSeconds = 30 * 24 * 60 * 60;

/** One hash in Redis. Nothing waits in memory: a command that cannot be sent or answered in time fails. */
export class RedisCopyStore implements CopyStore {
  private readonly redis: Redis;
  private readonly key: string;

  constructor({ url, databaseUrl }: RedisCopyStoreOptions) {
    this.key = copyKey(databaseUrl);
    this.redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandTimeoutMs,
      socketTimeout: 2 * commandTimeoutMs,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectionName: 'api-gateway',
      retryStrategy: (attempt) => Math.min(attempt * 200, longestReconnectMs),
    });
    // Every failure is told by the command that met it.
    this.redis.on('error', () => undefined);
  }

  async read(): Promise<StoredCopy | null> {
    const [stamp, body, seal] = await this.redis.hmgetBuffer(this.key, 'stamp', 'body', 'seal');
    return stamp && body && seal ? { stamp: stamp.toString(), body, seal: seal.toString() } : null;
  }

  async touch(): Promise<string | null> {
    const [stamp] = await Promise.all([this.redis.hget(this.key, 'stamp'), this.redis.expire(this.key, keptSeconds)]);
    return stamp;
  }

  async write(copy: StoredCopy): Promise<void> {
    await Promise.all([this.redis.hset(this.key, { ...copy }), this.redis.expire(this.key, keptSeconds)]);
  }

  close(): void {
    this.redis.disconnect();
  }
}

/** By server and name of the database; which role reads it does not matter. */
export function copyKey(databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl);
  return `groundswell:catalogue:${hash('sha256', `${hostname}:${port || 5432}${pathname}`).slice(0, 24)}`;
}
