import { destination as fileDestination, multistream, pino, stdTimeFunctions } from 'pino';
import type { Bindings, ChildLoggerOptions, DestinationStream, LevelWithSilent, Logger } from 'pino';
import { redactFields } from './redact';
import { currentTrace } from './trace';

export type { Logger };

export interface LoggerOptions {
  service: string;
  level: LevelWithSilent;
  /** Where lines go instead of stdout. */
  destination?: DestinationStream;
  /** Where lines of level error and above go besides. */
  alsoErrorsTo?: readonly Pick<DestinationStream, 'write'>[];
}

/** One JSON object a line: level, time (ISO, UTC), service, the trace if any, the fields, msg.
 *  An error goes as first argument or as field `err`; personal data by key name is redacted at any depth. */
export const createLogger = ({ service, level, destination, alsoErrorsTo = [] }: LoggerOptions): Logger => {
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
      log: (fields: object) => redactFields(fields),
    },
  };
  const stream = alsoErrorsTo.length > 0 ? withErrorsTo(alsoErrorsTo, destination) : destination;
  return redactChildren(stream ? pino(options, stream) : pino(options));
};

const standardOutput = 1;

const withErrorsTo = (
  streams: readonly Pick<DestinationStream, 'write'>[],
  destination: DestinationStream = fileDestination(standardOutput),
): DestinationStream =>
  multistream([
    { level: 'trace', stream: destination },
    ...streams.map((stream) => ({ level: 'error' as const, stream })),
  ]);

/** Pino formats the fields of lines, not those of child loggers. Children inherit this, being made from their parent. */
const redactChildren = (root: Logger): Logger => {
  const makeChild = root.child;
  const child = function (this: Logger, bindings: Bindings, options?: ChildLoggerOptions): Logger {
    return Reflect.apply(makeChild, this, [redactFields(bindings), options]) as Logger;
  };
  return Object.assign(root, { child });
};
