import {
  operatedServices,
  operationKey,
  operationRefusals,
  operationRequestV1,
  type OperatedService,
  type OperationRequestV1,
} from '@groundswell/contracts';
import { Rpc, RpcRefusedError } from '@groundswell/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import { ServiceClient } from '../asking/service-client';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';

/** Has one service do what operators ask. */
export class ServiceOperations extends ServiceClient<OperationRequestV1> {
  constructor(rpc: Rpc, name: OperatedService, waitMs: number) {
    super(rpc, { name, contract: operationRequestV1, routingKey: operationKey(name) }, waitMs);
  }

  protected override refused(error: unknown): unknown {
    if (!(error instanceof RpcRefusedError)) return error;
    if (error.code === operationRefusals.notFound) return entityNotFound();
    return new ApiError(null, error.message, { reason: error.code.replace(/^operation\./, '') }, { cause: error });
  }
}

@Injectable()
export class OperationsClient {
  private readonly services: ReadonlyMap<string, ServiceOperations>;

  constructor(rpc: Rpc, @Inject(GATEWAY_CONFIG) { ANSWER_WAIT_MS }: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>) {
    this.services = new Map(operatedServices.map((name) => [name, new ServiceOperations(rpc, name, ANSWER_WAIT_MS)]));
  }

  /** Throws ApiError `not_found` for what is no service that answers operations. */
  of(service: string): ServiceOperations {
    const found = this.services.get(service);
    if (!found) throw entityNotFound();
    return found;
  }
}
