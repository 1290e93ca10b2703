import { exchanges, requestKey } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { isTransient, RpcTimeoutError, type Rpc } from '@groundswell/messaging';
import { ApiError } from '../api/api-error';

/** What every request to another service has. */
interface Request {
  schema: string;
  id: string;
}

interface Parser<T> {
  parse(value: unknown): T;
}

/** What differs between requests: the rest of the message is made here. */
type Asked<R extends Request> = R extends unknown ? Omit<R, 'schema' | 'id'> : never;

const retryAfterSeconds = 5;

export const unavailableFrom = (extra: object, cause: unknown): ApiError =>
  new ApiError('unavailable', 'Temporarily unavailable, please retry', { retryAfterSeconds, ...extra }, { cause });

/** Asks another service and waits for its answer (design.md §3). What was asked may come twice: it leads to a state. */
export abstract class ServiceClient<R extends Request> {
  protected constructor(
    private readonly rpc: Rpc,
    /** `routingKey` unless it is where the service takes its requests. */
    private readonly service: { name: string; contract: Parser<R>; routingKey?: string },
    private readonly waitMs: number,
  ) {}

  /** Throws ApiError `unavailable` without an answer in time, and what `refused` makes of an answer that is no. */
  async ask<Answer>(asked: Asked<R>, answer: Parser<Answer>, timeoutMs = this.waitMs): Promise<Answer> {
    const { name, contract, routingKey = requestKey(name) } = this.service;
    const request = contract.parse({ schema: 'groundswell:request:1', id: uuidV7(), ...asked });
    const routing = { exchange: exchanges.ingest, routingKey };
    let value: unknown;
    try {
      value = await this.rpc.request(routing, request, { id: request.id, type: request.schema, timeoutMs });
    } catch (error) {
      throw isTransient(error) ? this.unanswered(timeoutMs, error) : this.refused(error);
    }
    return answer.parse(value);
  }

  /** The error of the API for what the service says no with. */
  protected refused(error: unknown): unknown {
    return error;
  }

  /** Nobody knows whether it was done: whoever asked reads the state. `waitedMs` only where somebody was there to wait for. */
  private unanswered(timeoutMs: number, cause: unknown): ApiError {
    const waited = cause instanceof RpcTimeoutError ? { waitedMs: timeoutMs } : {};
    return unavailableFrom({ service: this.service.name, ...waited }, cause);
  }
}
