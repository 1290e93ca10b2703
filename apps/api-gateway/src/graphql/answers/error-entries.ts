import { GraphQLError } from 'graphql';
import type { SourceLocation } from 'graphql';
import { DatabaseAwayError } from '@groundswell/persistence';
import { ApiError, InputError, unavailable } from '../../api/api-error';
import type { TooManyRequestsError } from '../../rate-limits/too-many-requests.error';
import { locationOf } from '../documents/location-of';
import type { PreparedOperation } from '../documents/prepare-operation';

/** One entry of `errors` (graphql-api.md §1.4). */
export interface ErrorEntry {
  message: string;
  locations?: readonly SourceLocation[];
  path?: readonly (string | number)[];
  extensions?: Readonly<Record<string, unknown>>;
}

export interface ErrorReport {
  entries: ErrorEntry[];
  /** What nobody foresaw; each stands masked among the entries. */
  faults: unknown[];
  retryAfterSeconds: number | null;
}

const databaseRetrySeconds = 5;
/** Wrong arguments that only show when the field runs; every other error of the engine itself is our fault. */
const callersMistake = /^(Argument|Variable) "/;

/** Errors of an execution as entries: an InputError becomes one per problem, equal entries are merged. */
export const reportErrors = (errors: readonly GraphQLError[], operation: PreparedOperation): ErrorReport => {
  const report: ErrorReport = { entries: [], faults: [], retryAfterSeconds: null };
  const seen = new Set<string>();
  for (const error of errors) {
    for (const entry of entriesOf(error, operation, report)) {
      const key = JSON.stringify(entry);
      if (!seen.has(key)) report.entries.push(entry);
      seen.add(key);
    }
  }
  return report;
};

const entriesOf = (error: GraphQLError, operation: PreparedOperation, report: ErrorReport): ErrorEntry[] => {
  const path = error.path ?? [];
  const place = { locations: locationOf(operation, path), path };
  const cause = causeOf(error);
  if (cause instanceof InputError) {
    return cause.problems.map((problem) => ({
      message: problem.message,
      ...place,
      path: [...path, ...problem.path],
    }));
  }
  if (cause instanceof ApiError) {
    const { retryAfterSeconds } = cause.extra;
    if (typeof retryAfterSeconds === 'number') {
      report.retryAfterSeconds = Math.max(report.retryAfterSeconds ?? 0, retryAfterSeconds);
    }
    return [{ ...apiErrorEntry(cause), ...place, path: [...path, ...cause.inputPath], ...extensionsOf(cause) }];
  }
  if (!cause && callersMistake.test(error.message)) return [{ message: error.message, ...place }];
  report.faults.push(cause ?? error);
  return [{ message: 'Internal server error', ...place }];
};

/** What the resolver threw, undefined for errors of the engine itself; a database that is away is `unavailable` to the
 *  caller. */
const causeOf = ({ originalError }: GraphQLError): Error | undefined => {
  if (originalError instanceof GraphQLError) return undefined;
  return originalError instanceof DatabaseAwayError ? unavailable(databaseRetrySeconds, originalError) : originalError;
};

const extensionsOf = ({ code, extra }: ApiError): { extensions?: Record<string, unknown> } => {
  const extensions = code === null ? extra : { code, ...extra };
  return Object.keys(extensions).length > 0 ? { extensions } : {};
};

/** An ApiError outside of any field: authentication, malformed requests. */
export const apiErrorEntry = (error: ApiError): ErrorEntry => ({ message: error.message, ...extensionsOf(error) });

/** Of a request that is not run because its sender sends too many. */
export const tooManyEntry = ({ message, code, retryAfterSeconds }: TooManyRequestsError): ErrorEntry => ({
  message,
  extensions: { code, retryAfterSeconds },
});
