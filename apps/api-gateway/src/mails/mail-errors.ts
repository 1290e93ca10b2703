import { emailDeliveryRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { ApiError } from '../api/api-error';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

const { notFound, notUnknown, ofMailing, loopRunning } = emailDeliveryRefusals;

const texts: Record<string, string> = {
  [notUnknown]: 'mail not unknown',
  [ofMailing]: 'mail of a mailing that was stopped',
  [loopRunning]: 'The scheduled loop is running: wait until it ends, or cancel it',
};

/** A refusal of email-delivery as the API words it: `reason` in its extensions. */
export const refusalError = (error: unknown, wording: Record<string, string> = {}): unknown => {
  if (!(error instanceof RpcRefusedError)) return error;
  if (error.code === notFound) return entityNotFound();
  const text = wording[error.code] ?? texts[error.code] ?? error.message;
  return new ApiError(null, text, { reason: error.code.replace(/^mail\./, '') }, { cause: error });
};

/** Whether an error is the refusal of that code. */
export const isRefusal = (error: ApiError, ...codes: string[]): boolean =>
  codes.some((code) => error.extra['reason'] === code.replace(/^mail\./, ''));
