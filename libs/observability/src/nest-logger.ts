import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Nest's boot chatter, one line per module and route. */
const chattyContexts = new Set(['InstanceLoader', 'RouterExplorer', 'RoutesResolver']);
const stackLine = /\n[ \t]+at .+:\d+:\d+/;

/** What Nest and its libraries log goes into our lines. Their last text argument becomes `context`, a stack or an
 *  error anywhere becomes `err`; boot chatter is lowered to debug, `verbose` is our trace. */
export const asNestLogger = (logger: Logger): LoggerService => {
  const at =
    (level: Level) =>
    (message: unknown, ...rest: unknown[]): void => {
      const context = rest.findLast((item) => typeof item === 'string' && !stackLine.test(item));
      const isChatter = level === 'info' && typeof context === 'string' && chattyContexts.has(context);
      const err = errorAmong(message, rest);
      const fields = isPlainObject(message) ? message : {};
      logger[isChatter ? 'debug' : level](
        { ...fields, ...(context ? { context } : {}), ...(err && { err }) },
        textOf(message),
      );
    };
  return {
    log: at('info'),
    error: at('error'),
    warn: at('warn'),
    debug: at('debug'),
    verbose: at('trace'),
    fatal: at('fatal'),
  };
};

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Error);

const textOf = (message: unknown): string | undefined => {
  if (message instanceof Error) return message.message;
  return isPlainObject(message) ? undefined : String(message);
};

const errorAmong = (message: unknown, rest: readonly unknown[]): object | undefined => {
  const error = [message, ...rest].find((item) => item instanceof Error);
  if (error instanceof Error) return error;
  const stack = rest.find((item) => typeof item === 'string' && stackLine.test(item));
  return typeof stack === 'string' ? { type: 'Error', message: textOf(message), stack } : undefined;
};
