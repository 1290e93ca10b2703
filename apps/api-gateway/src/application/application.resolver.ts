import { Inject } from '@nestjs/common';
import { Context, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { requireAnyOf } from '../users/permission-guard';
import { version } from './version';

/** Clients know the API by this name, whoever serves it. */
const name = 'proca';

@Resolver()
export class ApplicationResolver {
  constructor(@Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig) {}

  @Query('application')
  application(@Context() { viewer }: RequestContext) {
    requireAnyOf({ viewer, membership: null }, 'instance_owner');
    return { name, version, logLevel: this.config.LOG_LEVEL };
  }
}
