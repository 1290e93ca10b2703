import { Global, Module } from '@nestjs/common';
import { Metrics, watchRedis } from '@groundswell/observability';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { LimitMetrics } from './limit-metrics';
import { limitsWith } from './limits';
import { MutationLimits } from './mutation-limits';
import { RateLimiter } from './rate-limiter';

/** How often one address or account may try. Global: whoever takes attempts counts them. */
@Global()
@Module({
  providers: [
    {
      provide: RateLimiter,
      inject: [GATEWAY_CONFIG, { token: Metrics, optional: true }],
      useFactory: (config: Partial<GatewayConfig>, metrics?: Metrics) => {
        const { RATE_LIMIT_MUTATIONS = 0, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl } = config;
        const counted = metrics && new LimitMetrics(metrics);
        const limiter = new RateLimiter({
          ...{ limits: limitsWith(RATE_LIMIT_MUTATIONS), redisUrl, databaseUrl },
          onLimited: (name) => counted?.count(name),
        });
        const { redis } = limiter;
        if (metrics && redis) watchRedis(metrics, 'limits', () => redis.status === 'ready');
        return limiter;
      },
    },
    {
      provide: MutationLimits,
      inject: [RateLimiter],
      useFactory: (limiter: RateLimiter) => new MutationLimits(limiter),
    },
  ],
  exports: [RateLimiter, MutationLimits],
})
export class RateLimitsModule {}
