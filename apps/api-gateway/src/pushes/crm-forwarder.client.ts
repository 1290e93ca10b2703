import { crmForwarderRequestV1, type CrmForwarderRequestV1 } from '@groundswell/contracts';
import { Rpc } from '@groundswell/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { ServiceClient } from '../asking/service-client';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { pushRefusalError } from './push-errors';

@Injectable()
export class CrmForwarderClient extends ServiceClient<CrmForwarderRequestV1> {
  constructor(rpc: Rpc, @Inject(GATEWAY_CONFIG) { ANSWER_WAIT_MS }: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>) {
    super(rpc, { name: 'crm-forwarder', contract: crmForwarderRequestV1 }, ANSWER_WAIT_MS);
  }

  protected override refused(error: unknown): unknown {
    return pushRefusalError(error);
  }
}
