/** A fault of the surroundings (broker, database, network). It never counts against a message: the runner stops
 *  consuming, backs off and resumes. */
export class TransientError extends Error {
  readonly code: string = 'messaging.transient';

  constructor(text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = new.target.name;
  }
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** True for a TransientError and for what Node's sockets throw. Drivers add their own codes with a predicate. */
export const isTransient = (error: unknown): boolean =>
  error instanceof TransientError ||
  (error instanceof Error && networkCodes.has(String((error as { code?: unknown }).code)));
