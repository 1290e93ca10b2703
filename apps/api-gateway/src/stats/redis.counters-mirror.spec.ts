import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { statsKeysOf } from '@groundswell/contracts';
import { RedisCountersMirror } from './redis.counters-mirror';

/** The part of a connection that is used, to a process that can be another. */
class FakeRedis extends EventEmitter {
  status = 'ready';
  runId = 'a';
  loadedFor: string | null = 'a';
  isSilent = false;
  asked = 0;

  defineCommand(): void {
    // The script's effect is below.
  }

  async info(): Promise<string> {
    return `redis_version:7\r\nrun_id:${this.runId}\r\nport:1\r\n`;
  }

  async readCampaignStats(keys: number): Promise<unknown> {
    this.asked += 1;
    if (this.isSilent) throw new Error('Command timed out');
    if (this.loadedFor === null) return null;
    return [this.loadedFor, ...Array.from({ length: keys - 1 }, () => ['v', '4', 'o:1', '9'])];
  }

  restart(): void {
    this.runId = 'b';
    this.emit('close');
  }
}

const known = new Map([[1, null]]);
let redis: FakeRedis;
let now: number;
let mirror: RedisCountersMirror;
beforeEach(() => {
  redis = new FakeRedis();
  now = 0;
  mirror = new RedisCountersMirror(redis as unknown as Redis, statsKeysOf('test'), () => now);
});

it('has figures while those of this process are loaded', async () => {
  expect((await mirror.read(known))?.get(1)).toMatchObject({ version: 4, byOrg: new Map([[1, 9]]) });
  redis.loadedFor = null;
  expect(await mirror.read(known)).toBeNull();
});

it('has none of a process that came back with the figures of another one', async () => {
  await mirror.read(known);
  redis.restart();
  expect(await mirror.read(known)).toBeNull();
  redis.loadedFor = 'b';
  expect(await mirror.read(known)).not.toBeNull();
});

it('lets nobody wait for a Redis that was silent just now', async () => {
  redis.isSilent = true;
  expect(await mirror.read(known)).toBeNull();
  now = 499;
  expect(await mirror.read(known)).toBeNull();
  expect(redis.asked).toBe(1);
  redis.isSilent = false;
  now = 500;
  expect(await mirror.read(known)).not.toBeNull();
});

it('has nothing without a connection', async () => {
  redis.status = 'reconnecting';
  expect(await mirror.read(known)).toBeNull();
  expect(await new RedisCountersMirror(null, statsKeysOf('test')).read(known)).toBeNull();
  expect(redis.asked).toBe(0);
});
