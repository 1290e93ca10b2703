import { crmForwarderRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { ApiError } from '../api/api-error';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

/** A refusal of crm-forwarder as the API words it: `reason` in its extensions. */
export const pushRefusalError = (error: unknown): unknown => {
  if (!(error instanceof RpcRefusedError)) return error;
  if (error.code === crmForwarderRefusals.notFound) return entityNotFound();
  return new ApiError(null, error.message, { reason: error.code.replace(/^push\./, '') }, { cause: error });
};
