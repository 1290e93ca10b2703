import { ruleRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { ApiError, InputError } from '../api/api-error';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

/** Fields of the API that notify-service calls otherwise. */
const apiNames: ReadonlyMap<string, string> = new Map([['isEnabled', 'enabled']]);

/** A refusal of notify-service as the API words it: at the field of the input it is about. */
export function ruleRefusalError(error: unknown): unknown {
  if (!(error instanceof RpcRefusedError)) return error;
  switch (error.code) {
    case ruleRefusals.notFound:
      return entityNotFound();
    case ruleRefusals.nameTaken:
      return InputError.at(['input', 'name'], 'has already been taken');
    case ruleRefusals.invalid: {
      const [, field = '', problem = 'is invalid'] = /^(\w+): ([^]*)$/.exec(error.message) ?? [];
      return InputError.at(['input', apiNames.get(field) ?? field], problem);
    }
    default:
      return new ApiError(null, error.message, { reason: error.code.replace(/^rule\./, '') }, { cause: error });
  }
}
