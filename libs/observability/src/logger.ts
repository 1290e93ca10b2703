import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, LevelWithSilent, Logger } from 'pino';
import { redactFields } from './redact';
import { currentTrace } from './trace';

export type { Logger };

export interface LoggerOptions {
  service: string;
  level: LevelWithSilent;
  /** Where lines go instead of stdout. */
  destination?: DestinationStream;
}

/** One JSON object a line: level, time (ISO, UTC), service, the trace if any, the fields, msg.
 *  An error goes as first argument or as field `err`; personal data by key name is redacted at any depth. */
export const createLogger = ({ service, level, destination }: LoggerOptions): Logger => {
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    // Ours runs in formatters.log; pino's would add to what it returns.
    serializers: { err: (error: unknown) => error },
    mixin: () => {
      const trace = currentTrace();
      return trace ? { traceId: trace.traceId, spanId: trace.spanId } : {};
    },
    formatters: {
      level: (label: string) => ({ level: label }),
      bindings: (fields: object) => redactFields(fields),
      log: (fields: object) => redactFields(fields),
    },
  };
  return destination ? pino(options, destination) : pino(options);
};
