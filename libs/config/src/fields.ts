import { z } from 'zod';

/** setTimeout fires at once when asked for more. */
const longestTimerMs = 2 ** 31 - 1;
const wholeNumber = /^[+-]?\d+$/;
const truths = new Set(['true', '1', 'yes', 'on']);
const falsehoods = new Set(['false', '0', 'no', 'off']);

export interface IntegerOptions {
  min?: number;
  max?: number;
  default?: number;
  /** What is counted, for the description: "messages", "days". */
  unit?: string;
}

/** A whole number. Required unless a default is given; use `.optional()` for one that may be missing. */
export const integer = (options: IntegerOptions = {}): z.ZodType<number> => {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, unit } = options;
  const expected = `a whole number${unit ? ` of ${unit}` : ''}${rangeText(options)}`;
  const field = z.string().transform((text, context) => {
    const value = Number(text);
    if (wholeNumber.test(text.trim()) && value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: `"${text}" is not ${expected}` });
    return z.NEVER;
  });
  return withDefault(field, options.default, expected);
};

/** A TCP port, 1 … 65535; 0 too when it is the default, meaning any free port. */
export const port = (defaultPort?: number): z.ZodType<number> =>
  describeField(integer({ min: defaultPort === 0 ? 0 : 1, max: 65_535, default: defaultPort }), {
    expected: `a port number, ${defaultPort === 0 ? 0 : 1} to 65535`,
  });

/** A duration in whole milliseconds, 0 or more and no longer than a timer can wait (24.8 days). */
export const milliseconds = (defaultMs?: number): z.ZodType<number> =>
  integer({ min: 0, max: longestTimerMs, default: defaultMs, unit: 'milliseconds' });

/** true, 1, yes, on or false, 0, no, off, in any case. */
export const flag = (defaultValue?: boolean): z.ZodType<boolean> => {
  const expected = 'true or false';
  const field = z.string().transform((text, context) => {
    const word = text.trim().toLowerCase();
    if (truths.has(word)) return true;
    if (falsehoods.has(word)) return false;
    context.addIssue({ code: 'custom', message: `"${text}" is neither true nor false` });
    return z.NEVER;
  });
  return withDefault(field, defaultValue, expected);
};

/** A text that is never printed, neither in problems nor in the start-up log. */
export const secret = (): z.ZodString => describeField(z.string(), { expected: 'a secret text', secret: true });

/** An absolute URL of one of these protocols, each written without ":"; printed with its credentials masked. */
export const url = (protocols: readonly string[], defaultUrl?: string): z.ZodType<string> => {
  const expected = `a URL starting with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`;
  const field = z.string().transform((text, context) => {
    const trimmed = text.trim();
    if (URL.canParse(trimmed) && protocols.includes(new URL(trimmed).protocol.slice(0, -1))) return trimmed;
    context.addIssue({ code: 'custom', message: 'is no URL of an accepted kind' });
    return z.NEVER;
  });
  return withDefault(field, defaultUrl, expected);
};

/** Items separated by commas, trimmed, empty ones left out. */
export const commaList = (defaultItems?: readonly string[]): z.ZodType<string[]> => {
  const field = z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
  return withDefault(field, defaultItems && [...defaultItems], 'a list separated by commas');
};

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The lowest level that is logged. */
export const logLevel = (defaultLevel: LogLevel = 'info'): z.ZodType<LogLevel> =>
  withDefault(z.enum(logLevels), defaultLevel, `one of ${logLevels.join(', ')}`);

export interface FieldNote {
  /** Completes "expected …". */
  expected?: string;
  secret?: boolean;
  /** Variables it is read from, the first one that is set wins; without any, its own name. */
  names?: readonly string[];
  /** Further ones, which count outside production only. */
  developmentNames?: readonly string[];
  /** What docs/settings.md says of a default that is made at the start. */
  shownDefault?: string;
}

/** The field is read from these variables, the first one that is set wins. Its own name must be among them. */
export const namedAs = <S extends z.ZodType>(schema: S, ...names: readonly string[]): S =>
  describeField(schema, { names });

/** Every variable a field of a schema is read from, in the order in which they win. */
export const namesOf = (name: string, field: z.core.$ZodType, isProduction = false): readonly string[] => {
  const { names = [name], developmentNames = [] } = noteOf(field);
  return isProduction ? names : [...names, ...developmentNames];
};

/** Marks a schema with what a problem with it says, and whether its value may be printed. */
export const describeField = <S extends z.ZodType>(schema: S, note: FieldNote): S =>
  schema.meta({ ...note, ...(note.expected && { description: note.expected }) });

/** The note of a schema, also through optional, default, refinement and transformation. */
export const noteOf = (schema: z.core.$ZodType): FieldNote => {
  const note = (z.globalRegistry.get(schema) ?? {}) as FieldNote;
  const inner = innerSchema(schema);
  return inner ? { ...noteOf(inner), ...note } : note;
};

const innerSchema = (schema: z.core.$ZodType): z.core.$ZodType | undefined => {
  const def = schema._zod.def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType };
  return def.innerType ?? def.in;
};

const withDefault = <T>(field: z.ZodType<T>, defaultValue: T | undefined, expected: string): z.ZodType<T> =>
  describeField(defaultValue === undefined ? field : field.default(defaultValue as never), {
    expected,
  }) as z.ZodType<T>;

const rangeText = ({ min, max }: IntegerOptions): string => {
  if (min !== undefined && max !== undefined) return `, ${min} to ${max}`;
  if (min !== undefined) return `, ${min} or more`;
  return max === undefined ? '' : `, at most ${max}`;
};
