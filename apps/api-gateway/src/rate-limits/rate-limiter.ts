import { hash } from 'node:crypto';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Limit, LimitName } from './limits';
import { TooManyRequestsError } from './too-many-requests.error';

export interface RateLimiterOptions {
  limits: Partial<Record<LimitName, Limit>>;
  /** REDIS_URL; without it each process counts by itself. */
  redisUrl: string | undefined;
  /** Whose counts these are: two installations may share a Redis. */
  databaseUrl: string | undefined;
  /** A Redis that takes longer for a command, or twice as long at boot, counts as away, ms; 250 when not given. */
  patienceMs?: number;
  /** Somebody was refused. */
  onLimited?: (name: LimitName) => void;
}

const connectTimeoutMs = 1_000;
/** Nobody waits for a limit. */
const defaultPatienceMs = 250;
const longestReconnectMs = 5_000;

/** Counts attempts over all replicas in Redis, and in this process while Redis is away (design.md §4). */
export class RateLimiter implements OnModuleInit, OnModuleDestroy {
  /** Also for other questions that are short and can do without an answer; null without REDIS_URL. */
  readonly redis: Redis | null;
  private readonly limiters = new Map<LimitName, RateLimiterAbstract>();

  private readonly bootWaitMs: number;
  private readonly onLimited: (name: LimitName) => void;

  constructor(options: RateLimiterOptions) {
    const { limits, redisUrl, databaseUrl = '', patienceMs = defaultPatienceMs } = options;
    this.onLimited = options.onLimited ?? (() => undefined);
    this.bootWaitMs = 2 * patienceMs;
    this.redis = redisUrl === undefined ? null : connect(redisUrl, patienceMs);
    const prefix = `groundswell:limit:${hash('sha256', databaseUrl.replace(/^.*@/, '')).slice(0, 12)}`;
    for (const [name, { points, seconds }] of Object.entries(limits)) {
      const settings = { keyPrefix: `${prefix}:${name}`, points, duration: seconds };
      const own = new RateLimiterMemory(settings);
      const shared = this.redis && {
        ...settings,
        storeClient: this.redis,
        insuranceLimiter: own,
        rejectIfRedisNotReady: true,
      };
      this.limiters.set(name as LimitName, shared ? new RateLimiterRedis(shared) : own);
    }
  }

  /** What is counted before Redis answers is counted twice as generously; so boot waits for it, but not for long. */
  async onModuleInit(): Promise<void> {
    const { redis } = this;
    if (!redis || redis.status === 'ready') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.bootWaitMs);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      redis.once('ready', end).once('close', end);
    });
  }

  isLimited(name: LimitName): boolean {
    return this.limiters.has(name);
  }

  /** Throws TooManyRequestsError once the key has used up its attempts. Keys are stored as hashes. */
  async consume(name: LimitName, key: string, points = 1): Promise<void> {
    try {
      await this.limiters.get(name)?.consume(hashed(key), points);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      this.onLimited(name);
      throw new TooManyRequestsError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)));
    }
  }

  /** An attempt that turned out to be right. */
  async giveBack(name: LimitName, key: string): Promise<void> {
    await this.limiters.get(name)?.reward(hashed(key), 1);
  }

  onModuleDestroy(): void {
    this.redis?.disconnect();
  }
}

/** Keys hold addresses, of mail and of the network: neither belongs into Redis in clear. */
const hashed = (key: string): string => hash('sha256', key, 'base64url');

const connect = (url: string, patienceMs: number): Redis => {
  const redis = new Redis(url, {
    connectTimeout: connectTimeoutMs,
    commandTimeout: patienceMs,
    socketTimeout: 4 * patienceMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    connectionName: 'api-gateway-counts',
    retryStrategy: (attempt) => Math.min(attempt * 200, longestReconnectMs),
  });
  // Every failure is met by the count that needed it, which is then made in this process.
  redis.on('error', () => undefined);
  return redis;
};
