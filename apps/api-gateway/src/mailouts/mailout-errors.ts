import { mailoutRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { ApiError, InputError } from '../api/api-error';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

/** A refusal of notify-service as the API words it: `reason` in its extensions. */
export const mailoutRefusalError = (error: unknown): unknown => {
  if (!(error instanceof RpcRefusedError)) return error;
  if (error.code === mailoutRefusals.notFound) return entityNotFound();
  if (error.code === mailoutRefusals.nameTaken) return InputError.at(['input', 'name'], 'has already been taken');
  return new ApiError(null, error.message, { reason: error.code.replace(/^mailout\./, '') }, { cause: error });
};
