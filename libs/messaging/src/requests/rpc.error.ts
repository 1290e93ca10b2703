import { TransientError } from '../transient.error';

/** No reply in time. The request may have been carried out: read the state, or ask again under the same id. */
export class RpcTimeoutError extends TransientError {
  override readonly code = 'messaging.rpc_timeout';

  constructor(
    readonly requestId: string,
    readonly timeoutMs: number,
  ) {
    super(`no reply to request ${requestId} within ${timeoutMs} ms`);
  }
}

/** The request did not reach a server, or the way back was lost. */
export class RpcUnavailableError extends TransientError {
  override readonly code = 'messaging.rpc_unavailable';

  constructor(
    readonly requestId: string,
    readonly reason: string,
    /** False: it certainly was not carried out. */
    readonly maybeSent: boolean,
  ) {
    super(`request ${requestId} not delivered: ${reason}`);
  }
}

/** The server's answer is no. It is thrown by the serving function and arrives at the caller with the same code. */
export class RpcRefusedError extends Error {
  constructor(
    readonly code: string,
    text: string,
    readonly details?: Record<string, unknown>,
  ) {
    super(text);
    this.name = 'RpcRefusedError';
  }
}
