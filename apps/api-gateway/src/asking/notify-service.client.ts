import { notifyServiceRequestV1, type NotifyServiceRequestV1 } from '@groundswell/contracts';
import { Rpc } from '@groundswell/messaging';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { ServiceClient } from './service-client';

/** A no arrives as RpcRefusedError. */
@Injectable()
export class NotifyServiceClient extends ServiceClient<NotifyServiceRequestV1> {
  constructor(rpc: Rpc, @Inject(GATEWAY_CONFIG) { ANSWER_WAIT_MS }: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>) {
    super(rpc, { name: 'notify-service', contract: notifyServiceRequestV1 }, ANSWER_WAIT_MS);
  }
}
