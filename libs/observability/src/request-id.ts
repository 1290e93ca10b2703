import { randomUUID } from 'node:crypto';

/** Characters that are safe in a header, a log line and a URL. */
const acceptable = /^[A-Za-z0-9._~:+/=@-]{20,200}$/;

export const newRequestId = (): string => randomUUID();

/** The caller's `x-request-id` when it is 20–200 safe characters, else a new one (graphql-api.md 1.7). */
export const requestIdFrom = (header: unknown): string =>
  typeof header === 'string' && acceptable.test(header) ? header : newRequestId();
