import { crmForwarderRefusals } from '@groundswell/contracts';
import { RpcRefusedError, RpcTimeoutError } from '@groundswell/messaging';
import { ApiError } from '../api/api-error';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

const retryAfterSeconds = 5;

/** Nobody knows whether it was done: whoever asked reads the state. `waitedMs` only where somebody was there to wait for. */
export const unansweredError = (timeoutMs: number, cause: unknown): ApiError => {
  const waited = cause instanceof RpcTimeoutError ? { waitedMs: timeoutMs } : {};
  const extra = { retryAfterSeconds, service: 'crm-forwarder', ...waited };
  return new ApiError('unavailable', 'Temporarily unavailable, please retry', extra, { cause });
};

/** A refusal of crm-forwarder as the API words it: `reason` in its extensions. */
export const pushRefusalError = (error: unknown): unknown => {
  if (!(error instanceof RpcRefusedError)) return error;
  if (error.code === crmForwarderRefusals.notFound) return entityNotFound();
  return new ApiError(null, error.message, { reason: error.code.replace(/^push\./, '') }, { cause: error });
};
