import { CallFault } from '@groundswell/http';

/** `not_found`: no such object. `unavailable`: no answer, or one that says "later". `refused`: asking again changes nothing. */
export type ObjectStoreFault = 'not_found' | 'unavailable' | 'refused';

export class ObjectStoreError extends Error {
  constructor(
    readonly code: ObjectStoreFault,
    message: string,
  ) {
    super(message);
  }
}

/** What the SDK throws, by what can be done about it. Says neither key nor bucket. */
export function objectStoreErrorOf(error: unknown): Error {
  if (error instanceof ObjectStoreError) return error;
  if (error instanceof CallFault) {
    const code = error.result.kind === 'misconfigured' ? 'refused' : 'unavailable';
    return new ObjectStoreError(code, `object store: ${error.result.error}`);
  }
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return error as Error;
  const text = `object store: ${status} ${name ?? ''}`.trim();
  if (status === 404) return new ObjectStoreError('not_found', text);
  const isLater = status === 408 || status === 429 || status >= 500;
  return new ObjectStoreError(isLater ? 'unavailable' : 'refused', text);
}
