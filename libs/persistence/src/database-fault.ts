/** The database is away, restarting, out of room or refused this attempt: a fault of the surroundings. */
export class DatabaseAwayError extends Error {
  readonly code = 'database.away';

  constructor(reason: string, options?: ErrorOptions) {
    super(`database away: ${reason}`, options);
    this.name = 'DatabaseAwayError';
  }
}

/**
 * SQLSTATE classes that speak about the data given (PostgreSQL manual, appendix A): 22 data exception, 23 integrity
 * constraint violation, 54 program limit exceeded. Everything else (rights, missing tables, plans, locks, room, shutdown)
 * is about the surroundings: no message is at fault, however often it is tried.
 */
const dataClasses = new Set(['22', '23', '54']);
/** Connection, resources, operator intervention, system errors; locks, serialisation, logins, plans of an older schema. */
const awayClasses = new Set(['08', '53', '57', '58']);
const awayCodes = new Set(['25006', '40001', '40P01', '55P03', '28P01', '28000', '3D000', '0A000', '25P02', '25P03']);
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
  /connection terminated|timeout exceeded when trying to connect|query read timeout|server does not support SSL|client has encountered a connection error|not queryable|cannot use a pool after|driver not connected|connection is not established|datasource is not (yet )?initialized/i;

/** Of certificates that do not fit, and of TLS itself: never the fault of what was asked (Node.js, "X509 certificate error codes"). */
const tlsCodes = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_CERT_|DEPTH_ZERO_|INVALID_CA|HOSTNAME_MISMATCH)/;

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

const isOfConnection = (code: string): boolean => networkCodes.has(code) || tlsCodes.test(code);

const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code);

/** The error and what it was caused by, outermost first. */
function* causesOf(error: unknown): Generator<object> {
  for (let cause: unknown = error, depth = 0; cause && typeof cause === 'object' && depth < 5; depth += 1) {
    yield cause;
    cause = (cause as { driverError?: unknown }).driverError ?? (cause as { cause?: unknown }).cause;
  }
}

/** What the first cause that says something says: the server's code, or that it could not be asked. */
function verdictOf(error: unknown): { code: string } | 'unreachable' | 'other' {
  for (const cause of causesOf(error)) {
    const code = codeOf(cause);
    if (cause instanceof DatabaseAwayError || (code && isOfConnection(code))) return 'unreachable';
    if (code && isSqlState(code)) return { code };
    if (cause instanceof Error && driverTexts.test(cause.message)) return 'unreachable';
  }
  return 'other';
}

/** True when the server is away, full, restarting, or refused this attempt only: trying again may succeed. */
export function isDatabaseAway(error: unknown): boolean {
  const verdict = verdictOf(error);
  if (typeof verdict === 'string') return verdict === 'unreachable';
  return awayClasses.has(verdict.code.slice(0, 2)) || awayCodes.has(verdict.code);
}

/** True when no message can be at fault for it: everything but what the server says about the data it was given. */
export function isDatabaseFault(error: unknown): boolean {
  const verdict = verdictOf(error);
  if (typeof verdict === 'string') return verdict === 'unreachable';
  return !dataClasses.has(verdict.code.slice(0, 2));
}

/** True when the server itself said so, or nothing was asked of it: the connection knows where it stands. */
export function isAnswer(error: unknown): boolean {
  const verdict = verdictOf(error);
  if (typeof verdict === 'string') return verdict === 'other';
  return !['08', '57'].includes(verdict.code.slice(0, 2));
}

/** "cached plan must not change result type": a migration ran while this connection had the statement prepared. */
export const isStalePlan = (error: unknown): boolean => [...causesOf(error)].some((cause) => codeOf(cause) === '0A000');

/** True for a violated unique index; with `constraint`, only for that one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const driverError = (error as { driverError?: { code?: string; constraint?: string } }).driverError ?? error;
  const { code, constraint: name } = driverError as { code?: string; constraint?: string };
  return code === '23505' && (constraint === undefined || name === constraint);
}
