import { fault, type Check, type Finding, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** A counter that was evicted looks like a campaign without actions, so only keys with a time may go (apps/stats-service/README.md). */
const harmless = /^(noeviction|volatile-.+)$/;
const fullShare = 0.9;

export class RedisCheck implements Check {
  readonly id = 'redis';
  readonly title = 'Redis keeps what it was given';
  readonly settles = false;

  async look(sources: Sources): Promise<Look> {
    const redis = await sources.redis();
    const policy = await redis.info('memory', 'maxmemory_policy');
    const used = Number(await redis.info('memory', 'used_memory'));
    const most = Number((await redis.info('memory', 'maxmemory')) ?? 0);
    const findings: Finding[] = [];
    if (policy !== undefined && !harmless.test(policy)) {
      findings.push(fault('maxmemory-policy', `is ${policy}: set noeviction, or one of the volatile ones`));
    }
    if (most > 0 && used > most * fullShare) findings.push(fault('memory', `${used} of ${most} bytes are in use`));
    return { findings, figures: { policy: policy ?? 'unknown', bytes: used } };
  }
}
