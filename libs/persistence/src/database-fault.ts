/** The database is away, restarting, out of room or refused this attempt: a fault of the surroundings. */
export class DatabaseAwayError extends Error {
  readonly code = 'database.away';

  constructor(reason: string, options?: ErrorOptions) {
    super(`database away: ${reason}`, options);
    this.name = 'DatabaseAwayError';
  }
}

/** SQLSTATE classes and codes that say nothing about the statement itself (PostgreSQL manual, appendix A). */
const faultClasses = new Set(['08', '53', '57', '58']);
const faultCodes = new Set(['25006', '40001', '40P01', '55P03', '28P01', '28000', '3D000']);
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
const driverTexts =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|not queryable|cannot use a pool after|driver not connected|connection is not established|datasource is not (yet )?initialized/i;

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** True when trying again later, with nothing changed, may succeed. Deadlocks and serialisation failures count. */
export function isDatabaseFault(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause && depth < 5; depth += 1) {
    if (cause instanceof DatabaseAwayError) return true;
    const code = codeOf(cause);
    if (
      code &&
      (networkCodes.has(code) || faultCodes.has(code) || (faultClasses.has(code.slice(0, 2)) && code.length === 5))
    ) {
      return true;
    }
    // An error with a code is the server's: its text may quote whatever a message held.
    if (cause instanceof Error && code === undefined && driverTexts.test(cause.message)) return true;
    cause = (cause as { driverError?: unknown }).driverError ?? (cause as { cause?: unknown }).cause;
  }
  return false;
}

/** True for a violated unique index; with `constraint`, only for that one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const driverError = (error as { driverError?: { code?: string; constraint?: string } }).driverError ?? error;
  const { code, constraint: name } = driverError as { code?: string; constraint?: string };
  return code === '23505' && (constraint === undefined || name === constraint);
}
