import { RefusedRequest } from '../graphql/requests/refused-request';

/** Somebody tried too often; answered with HTTP 429 (graphql-api.md §1.3). */
export class TooManyRequestsError extends RefusedRequest {
  constructor(readonly retryAfterSeconds: number) {
    super(429, 'Too many requests, please try again later', 'rate_limited');
    this.name = 'TooManyRequestsError';
  }
}
