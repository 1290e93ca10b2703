export { InputError, type InputProblem } from '@groundswell/submissions';

/** Codes of graphql-api.md §1.5. */
export type ApiErrorCode =
  | 'unauthorized'
  | 'permission_denied'
  | 'not_found'
  | 'bad_arg'
  | 'bad_captcha'
  | 'expired'
  | 'org_not_found'
  | 'staffer_exists'
  | 'idempotency_mismatch'
  | 'unavailable'
  | 'invalid_extensions';

/** An error a caller may see as it is. `code` null: a free-text error without code (graphql-api.md §1.4). */
export class ApiError extends Error {
  /** Where in the input, after the path of the field. Not `path`: graphql-js takes an error that has one for located. */
  readonly inputPath: readonly (string | number)[];

  constructor(
    readonly code: ApiErrorCode | null,
    message: string,
    /** Further keys of `extensions`, such as `required` or `retryAfterSeconds`. */
    readonly extra: Record<string, unknown> = {},
    { inputPath = [], ...options }: ErrorOptions & { inputPath?: readonly (string | number)[] } = {},
  ) {
    super(message, options);
    this.name = 'ApiError';
    this.inputPath = inputPath;
  }
}

/** `unavailable` with its hint; for an action it means "perhaps stored" (graphql-api.md §1.5). */
export const unavailable = (retryAfterSeconds: number, cause?: unknown): ApiError =>
  new ApiError('unavailable', 'Temporarily unavailable, please retry', { retryAfterSeconds }, { cause });
