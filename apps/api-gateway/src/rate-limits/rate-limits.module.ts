import { Global, Module } from '@nestjs/common';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { limitsWith } from './limits';
import { MutationLimits } from './mutation-limits';
import { RateLimiter } from './rate-limiter';

/** How often one address or account may try. Global: whoever takes attempts counts them. */
@Global()
@Module({
  providers: [
    {
      provide: RateLimiter,
      inject: [GATEWAY_CONFIG],
      useFactory: ({ RATE_LIMIT_MUTATIONS = 0, REDIS_URL, DATABASE_URL }: Partial<GatewayConfig>) =>
        new RateLimiter({ limits: limitsWith(RATE_LIMIT_MUTATIONS), redisUrl: REDIS_URL, databaseUrl: DATABASE_URL }),
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
