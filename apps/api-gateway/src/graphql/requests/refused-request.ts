/** A request that never becomes an execution: status and message of graphql-api.md §1.2, §1.5, §1.8. */
export class RefusedRequest extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 405 | 413 | 429,
    message: string,
    readonly code: 'unauthorized' | 'permission_denied' | 'invalid_extensions' | 'rate_limited' | null = null,
  ) {
    super(message);
    this.name = 'RefusedRequest';
  }
}
