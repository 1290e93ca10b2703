/** The part of a structured logger this lib needs; pino fits as it is. */
export interface Logger {
  debug(fields: Record<string, unknown>, text: string): void;
  info(fields: Record<string, unknown>, text: string): void;
  warn(fields: Record<string, unknown>, text: string): void;
  error(fields: Record<string, unknown>, text: string): void;
}

const ignore = (): void => undefined;

export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What of an error may be logged: its class, code and text, never the message it was about. */
export const describeError = (error: unknown): { error: string; code?: string } => {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = (error as { code?: unknown }).code;
  return { error: `${error.name}: ${error.message}`, ...(code === undefined ? {} : { code: String(code) }) };
};
