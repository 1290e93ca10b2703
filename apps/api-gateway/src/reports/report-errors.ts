import { statsServiceRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { ApiError } from '../api/api-error';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

/** A refusal of stats-service as the API words it: `reason` in its extensions. */
export const reportRefusalError = (error: unknown): unknown => {
  if (!(error instanceof RpcRefusedError)) return error;
  if (error.code === statsServiceRefusals.notFound) return entityNotFound();
  return new ApiError(null, error.message, { reason: error.code.replace(/^stats\./, '') }, { cause: error });
};
