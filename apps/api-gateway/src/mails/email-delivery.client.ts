import { emailDeliveryRequestV1, type EmailDeliveryRequestV1 } from '@groundswell/contracts';
import { Rpc } from '@groundswell/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { ServiceClient } from '../asking/service-client';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';

@Injectable()
export class EmailDeliveryClient extends ServiceClient<EmailDeliveryRequestV1> {
  constructor(rpc: Rpc, @Inject(GATEWAY_CONFIG) { ANSWER_WAIT_MS }: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>) {
    super(rpc, { name: 'email-delivery', contract: emailDeliveryRequestV1 }, ANSWER_WAIT_MS);
  }
}
