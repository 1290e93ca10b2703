import { crmForwarderRequestV1, exchanges, requestKey, type CrmForwarderRequestV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { isTransient, Rpc } from '@groundswell/messaging';
import { Injectable } from '@nestjs/common';
import { pushRefusalError, unansweredError } from './push-errors';

/** What differs between requests: the rest of the message is made here. */
type Asked = CrmForwarderRequestV1 extends infer One
  ? One extends unknown
    ? Omit<One, 'schema' | 'id'>
    : never
  : never;

/** How long crm-forwarder has to answer, ms. */
const answerMs = 10_000;

/** Asks crm-forwarder and waits for its answer. What was asked may come twice: it leads to a state. */
@Injectable()
export class CrmForwarderClient {
  constructor(private readonly rpc: Rpc) {}

  /** Throws ApiError: `unavailable` without an answer in time, else for an answer that is no. */
  async ask<Answer>(asked: Asked, answer: { parse(value: unknown): Answer }): Promise<Answer> {
    const request = crmForwarderRequestV1.parse({ schema: 'groundswell:request:1', id: uuidV7(), ...asked });
    const routing = { exchange: exchanges.ingest, routingKey: requestKey('crm-forwarder') };
    const { id, schema: type } = request;
    let value: unknown;
    try {
      value = await this.rpc.request(routing, request, { id, type, timeoutMs: answerMs });
    } catch (error) {
      throw isTransient(error) ? unansweredError(answerMs, error) : pushRefusalError(error);
    }
    return answer.parse(value);
  }
}
