import { exchanges, requestKey, topologyRequestV1, type TopologyRequestV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { isTransient, Rpc } from '@groundswell/messaging';
import { Injectable } from '@nestjs/common';
import { topologyRefusalError, unansweredError } from './crm-errors';

/** What differs between requests: the rest of the message is made here. */
type Asked = TopologyRequestV1 extends infer One ? (One extends unknown ? Omit<One, 'schema' | 'id'> : never) : never;

/** How long topology-service has to answer, ms. */
const answerMs = 10_000;

/** Asks topology-service and waits for its answer. */
@Injectable()
export class TopologyClient {
  constructor(private readonly rpc: Rpc) {}

  /** Throws ApiError: `unavailable` without an answer in time, else for an answer that is no. */
  async ask<Answer>(asked: Asked, answer: { parse(value: unknown): Answer }): Promise<Answer> {
    const request = topologyRequestV1.parse({ schema: 'groundswell:request:1', id: uuidV7(), ...asked });
    const routing = { exchange: exchanges.ingest, routingKey: requestKey('topology-service') };
    const { id, schema: type } = request;
    let value: unknown;
    try {
      value = await this.rpc.request(routing, request, { id, type, timeoutMs: answerMs });
    } catch (error) {
      throw isTransient(error) ? unansweredError(answerMs, error) : topologyRefusalError(error);
    }
    return answer.parse(value);
  }
}
