import type { CaptchaOffer } from '../../captcha/captcha-offer';
import { RefusedRequest } from './refused-request';

/** What one request, or one element of a batch, asks for. */
export interface GraphqlRequest {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | null;
  /** From `extensions`. */
  captcha?: CaptchaOffer | null;
}

export type Parameters = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the keys of graphql-api.md §1.2 and ignores all others. */
export const readGraphqlRequest = (parameters: Parameters): GraphqlRequest => {
  const { query, operationName } = parameters;
  const captcha = readCaptcha(parameters['extensions']);
  const variables = decodeVariables(parameters['variables']);
  if (typeof query !== 'string' || query.trim() === '') throw new RefusedRequest(400, 'No query document supplied');
  return {
    query,
    variables,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : null,
    captcha,
  };
};

/** An object, nothing (null, "", and PHP's empty array), or either as JSON text. */
const decodeVariables = (given: unknown): Record<string, unknown> => {
  const value = decoded(given);
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return {};
  if (isObject(value)) return value;
  throw new RefusedRequest(400, 'The variable values could not be decoded');
};

/** Providers' codes are a few thousand characters at most. */
const longestCaptcha = 16_384;

/** `extensions` {captcha, captcha_service}; other keys are nobody's. An empty text is none, as everywhere. */
const readCaptcha = (given: unknown): CaptchaOffer | null => {
  const extensions = decoded(given) ?? {};
  if (!isObject(extensions)) throw invalidExtensions();
  const code = optionalText(extensions['captcha']);
  const service = optionalText(extensions['captcha_service']);
  return code === null ? null : { code, service };
};

const optionalText = (value: unknown): string | null => {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || value.length > longestCaptcha) throw invalidExtensions();
  return value;
};

const invalidExtensions = (): RefusedRequest => new RefusedRequest(400, 'Invalid extensions map', 'invalid_extensions');

/** JSON text decoded, "" as nothing; text that is no JSON stays text. */
const decoded = (given: unknown): unknown => {
  if (typeof given !== 'string') return given;
  if (given.trim() === '') return undefined;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
};
