import type { Redis } from 'ioredis';
import type { StatsKeys } from '@groundswell/contracts';
import type { CampaignCounters } from './counters';
import type { CountersMirror } from './kept-counters';
import { countersOfFields } from './mirrored-fields';

/**
 * All in one step of Redis, so nothing is read of two loads. KEYS: the load, then a campaign each; ARGV: its version known
 * here. Answers the run id of the load, then per campaign nil, its version where that is the known one, or all its fields.
 */
const readScript = `
local runId = redis.call('hget', KEYS[1], 'runId')
if not runId then return false end
local answer = { runId }
for i = 2, #KEYS do
  local version = redis.call('hget', KEYS[i], 'v')
  if version and version == ARGV[i - 1] then answer[i] = version
  elseif version then answer[i] = redis.call('hgetall', KEYS[i])
  else answer[i] = false end
end
return answer`;

type Answer = [runId: string, ...campaigns: (string | string[] | null)[]] | null;
type ScriptedRedis = Redis & { readCampaignStats(keys: number, ...rest: string[]): Promise<Answer> };

/** After a Redis that failed or was slow: nobody waits for it again so soon. */
const restMs = 500;

/**
 * Counters as stats-service mirrors them. They count only while the process they were loaded into is the one we talk to: one
 * that restarted may have come back with what it had saved long ago.
 */
export class RedisCountersMirror implements CountersMirror {
  private readonly redis: ScriptedRedis | null;
  private runId: Promise<string | null> | null = null;
  private restsUntil = 0;

  constructor(
    redis: Redis | null,
    private readonly keys: StatsKeys,
    private readonly now: () => number = Date.now,
  ) {
    this.redis = redis as ScriptedRedis | null;
    redis?.defineCommand('readCampaignStats', { lua: readScript });
    redis?.on('close', () => (this.runId = null));
  }

  async read(known: ReadonlyMap<number, number | null>): Promise<Map<number, CampaignCounters | 'unchanged'> | null> {
    const { redis } = this;
    if (redis?.status !== 'ready' || this.now() < this.restsUntil) return null;
    const ids = [...known.keys()];
    try {
      this.runId ??= readRunId(redis);
      const [runId, answer] = await Promise.all([this.runId, this.ask(redis, ids, known)]);
      if (answer === null || runId === null || answer[0] !== runId) return null;
      return campaignsOf(ids, answer);
    } catch {
      this.runId = null;
      this.restsUntil = this.now() + restMs;
      return null;
    }
  }

  private ask(redis: ScriptedRedis, ids: number[], known: ReadonlyMap<number, number | null>): Promise<Answer> {
    const keys = [this.keys.loaded, ...ids.map(this.keys.campaign)];
    return redis.readCampaignStats(keys.length, ...keys, ...ids.map((id) => String(known.get(id) ?? '')));
  }
}

const campaignsOf = (
  ids: number[],
  [, ...campaigns]: NonNullable<Answer>,
): Map<number, CampaignCounters | 'unchanged'> => {
  const found = new Map<number, CampaignCounters | 'unchanged'>();
  for (const [index, id] of ids.entries()) {
    const answer = campaigns[index] ?? null;
    if (answer !== null) found.set(id, typeof answer === 'string' ? 'unchanged' : countersOfFields(answer));
  }
  return found;
};

const readRunId = async (redis: Redis): Promise<string | null> =>
  /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? null;
