import type { z } from 'zod';
import { noteOf } from './fields';

/** Up to the last "@", so that a password with odd characters is still covered whole. */
const credentials = /:\/\/[^\s,]*@/g;
const secretQuery = /([?&][^=&\s]*(?:pass|secret|token|key)[^=&\s]*=)[^&\s,]*/gi;

/** One flat object for the start-up log: secrets as `set` or `not set`, URLs with credentials masked. */
export const describeConfig = <S extends z.ZodObject>(
  schema: S,
  config: z.output<S>,
): Record<string, string | number | boolean> =>
  Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => [name, describeValue(config[name], noteOf(field).secret)]),
  );

const describeValue = (value: unknown, isSecret = false): string | number | boolean => {
  if (value === undefined || value === null) return 'not set';
  if (isSecret) return 'set';
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return maskCredentials(Array.isArray(value) ? value.join(', ') : String(value));
};

const maskCredentials = (text: string): string => text.replace(credentials, '://***@').replace(secretQuery, '$1***');
