import { topologyRefusals } from '@groundswell/contracts';
import { RpcRefusedError, RpcTimeoutError } from '@groundswell/messaging';
import { ApiError } from '../api/api-error';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

const retryAfterSeconds = 5;

const unavailableFrom = (extra: object, cause: unknown): ApiError =>
  new ApiError('unavailable', 'Temporarily unavailable, please retry', { retryAfterSeconds, ...extra }, { cause });

/** Nobody knows whether it was done: whoever asked reads the state. `waitedMs` only where somebody was there to wait for. */
export const unansweredError = (timeoutMs: number, cause: unknown): ApiError => {
  const waited = cause instanceof RpcTimeoutError ? { waitedMs: timeoutMs } : {};
  return unavailableFrom({ service: 'topology-service', ...waited }, cause);
};

/** A refusal of topology-service as the API words it: `reason` in its extensions. */
export const topologyRefusalError = (error: unknown): unknown => {
  if (!(error instanceof RpcRefusedError)) return error;
  switch (error.code) {
    case topologyRefusals.notFound:
      return entityNotFound();
    case topologyRefusals.brokerAway:
      return unavailableFrom({ service: 'broker' }, error);
    default:
      return new ApiError(null, error.message, { reason: error.code.replace(/^crm\./, '') }, { cause: error });
  }
};
