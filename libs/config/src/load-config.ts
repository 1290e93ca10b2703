import { z } from 'zod';
import { ConfigError } from './config.error';
import type { ConfigProblem } from './config.error';
import { withCredentials } from './credentials';
import { namesOf, noteOf } from './fields';

/** Variables by name; an empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables the schema names, once, into a frozen object.
 *  Throws ConfigError with every wrong variable at once. */
export const loadConfig = <S extends z.ZodObject>(
  schema: S,
  environment: Environment = process.env,
): Readonly<z.output<S>> => {
  const given = Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => [
      name,
      withCredentials(name, valueOf(name, field, environment), environment),
    ]),
  );
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  throw new ConfigError(result.error.issues.map((issue) => problemOf(issue, schema, given)));
};

export interface ExitDoors {
  environment?: Environment;
  print?: (text: string) => void;
  exit?: (code: number) => never;
}

/** For `main.ts`: as loadConfig, but prints the problems to stderr and ends the process with code 1. */
export const loadConfigOrExit = <S extends z.ZodObject>(schema: S, doors: ExitDoors = {}): Readonly<z.output<S>> => {
  const { environment, print = (text) => process.stderr.write(text), exit = (code) => process.exit(code) } = doors;
  try {
    return loadConfig(schema, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    print(`${error.message}\n`);
    return exit(1);
  }
};

const valueOf = (name: string, field: z.core.$ZodType, environment: Environment): string | undefined =>
  namesOf(name, field, environment['NODE_ENV'] === 'production')
    .map((variable) => environment[variable])
    .find((value) => value !== undefined && value !== '');

const problemOf = (issue: z.core.$ZodIssue, schema: z.ZodObject, given: Environment): ConfigProblem => {
  const variable = String(issue.path[0] ?? '');
  const field = schema.shape[variable];
  const value = given[variable];
  const { expected, secret } = field ? noteOf(field) : {};
  if (field && value === undefined) return { variable, message: 'is not set', expected };
  const leaks = secret && value !== undefined && issue.message.includes(value);
  return { variable, message: leaks ? 'is not acceptable' : issue.message, expected };
};
