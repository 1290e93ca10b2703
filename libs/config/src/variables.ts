import type { z } from 'zod';
import { credentialNamesOf } from './credentials';
import { namesOf, noteOf } from './fields';

/** Every variable that `loadConfig` looks at for this schema, sorted. */
export const variablesOf = (schema: z.ZodObject): string[] =>
  Object.entries(schema.shape)
    .flatMap(([name, field]) => [...namesOf(name, field), ...credentialNamesOf(name)])
    .toSorted();

/** Whether the value of such a variable must be kept secret. */
export const isSecret = (schema: z.ZodObject, variable: string): boolean =>
  Object.entries(schema.shape).some(
    ([name, field]) =>
      (namesOf(name, field).includes(variable) && noteOf(field).secret === true) ||
      credentialNamesOf(name).includes(variable),
  );
