import type { ErrorReports, ReportedError } from './error-reports';

interface LogLine {
  level: string;
  msg?: string;
  err?: unknown;
  [field: string]: unknown;
}

/** Fields of a line that are worth searching by. */
const tagged = ['traceId', 'requestId', 'messageId', 'consumer', 'queue', 'context'];
const told = new Set(['level', 'time', 'service', 'msg', 'err', ...tagged]);

/** Takes what the log gets at level error and above, and reports it as it stands there: redacted. */
export const logReports = (reports: ErrorReports): { write(text: string): void } => ({
  write: (text) => {
    const { level, msg, err, ...fields } = JSON.parse(text) as LogLine;
    const error = reportedError(err ?? fields['error']);
    reports.report({
      level: level === 'fatal' ? 'fatal' : 'error',
      title: msg ?? error?.message ?? 'error',
      error,
      tags: Object.fromEntries(tagged.flatMap((key) => (key in fields ? [[key, String(fields[key])]] : []))),
      extra: Object.fromEntries(Object.entries(fields).filter(([key]) => !told.has(key))),
    });
  },
});

const reportedError = (error: unknown): ReportedError | undefined => {
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  const { type, message, stack } = error as Record<string, unknown>;
  return { type: String(type ?? 'Error'), message: String(message), ...(typeof stack === 'string' && { stack }) };
};
