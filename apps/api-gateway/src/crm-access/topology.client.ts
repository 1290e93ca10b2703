import { topologyRequestV1, type TopologyRequestV1 } from '@groundswell/contracts';
import { Rpc } from '@groundswell/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { ServiceClient } from '../asking/service-client';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { topologyRefusalError } from './crm-errors';

@Injectable()
export class TopologyClient extends ServiceClient<TopologyRequestV1> {
  constructor(rpc: Rpc, @Inject(GATEWAY_CONFIG) { ANSWER_WAIT_MS }: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>) {
    super(rpc, { name: 'topology-service', contract: topologyRequestV1 }, ANSWER_WAIT_MS);
  }

  protected override refused(error: unknown): unknown {
    return topologyRefusalError(error);
  }
}
