import { emailDeliveryRequestV1, exchanges, requestKey, type EmailDeliveryRequestV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { isTransient, Rpc } from '@groundswell/messaging';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { unansweredError } from './mail-errors';

/** What differs between requests: the rest of the message is made here. */
type Asked = EmailDeliveryRequestV1 extends infer One
  ? One extends unknown
    ? Omit<One, 'schema' | 'id'>
    : never
  : never;

/** Asks email-delivery and waits for its answer. What was asked may come twice: it leads to a state. */
@Injectable()
export class EmailDeliveryClient {
  constructor(
    private readonly rpc: Rpc,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>,
  ) {}

  /** Throws ApiError `unavailable` without an answer in time, and RpcRefusedError for an answer that is no. */
  async ask<Answer>(
    asked: Asked,
    answer: { parse(value: unknown): Answer },
    timeoutMs = this.config.ANSWER_WAIT_MS,
  ): Promise<Answer> {
    const request = emailDeliveryRequestV1.parse({ schema: 'groundswell:request:1', id: uuidV7(), ...asked });
    const routing = { exchange: exchanges.ingest, routingKey: requestKey('email-delivery') };
    try {
      const { id, schema: type } = request;
      return answer.parse(await this.rpc.request(routing, request, { id, type, timeoutMs }));
    } catch (error) {
      throw isTransient(error) ? unansweredError(timeoutMs, error) : error;
    }
  }
}
