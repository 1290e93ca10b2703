import { statsServiceRequestV1, type StatsServiceRequestV1 } from '@groundswell/contracts';
import { Rpc } from '@groundswell/messaging';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { ServiceClient } from './service-client';

/** A no arrives as RpcRefusedError. */
@Injectable()
export class StatsServiceClient extends ServiceClient<StatsServiceRequestV1> {
  constructor(rpc: Rpc, @Inject(GATEWAY_CONFIG) { ANSWER_WAIT_MS }: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>) {
    super(rpc, { name: 'stats-service', contract: statsServiceRequestV1 }, ANSWER_WAIT_MS);
  }
}
