/** Key names, lower case without "_" and "-", whose values are personal data or secrets. */
const hiddenKeys = new Set([
  'email',
  'emails',
  'firstname',
  'lastname',
  'phone',
  'address',
  'street',
  'streetnumber',
  'postcode',
  'birthdate',
  'documentnumber',
  'contact',
  'payload',
  'password',
  'hashedpassword',
  'token',
  'authorization',
  'cookie',
  'setcookie',
  'secret',
  'privatekey',
  'apikey',
]);
const censor = '[redacted]';
const deepestLevel = 8;

/** A copy fit for a log: personal data and secrets by key name replaced at any depth, errors as type, message and
 *  stack, bytes as their number. A net below the rule that none of it is logged, not a reason to try. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (depth >= deepestLevel) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1);
  return redactFields(value, depth);
};

/** The keys of an object, values redacted. */
export const redactFields = (fields: object, depth = 0): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, isHidden(key, value) ? censor : redact(value, depth + 1)]),
  );

/** Whether there is an email tells nothing about a person; anything else under such a key may. */
const isHidden = (key: string, value: unknown): boolean =>
  value !== null &&
  value !== undefined &&
  typeof value !== 'boolean' &&
  hiddenKeys.has(key.toLowerCase().replace(/[_-]/g, ''));

/** Type, message and stack of anything thrown, with its cause. Fields are kept for our own errors only (a code like
 *  `area.what`): a driver's may hold the row or the query with its values. */
export const describeError = (thrown: unknown, depth = 0): Record<string, unknown> => {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: String(thrown), stack: '' };
  const { code, cause } = thrown as Error & { code?: unknown };
  const isOurs = typeof code === 'string' && code.includes('.');
  return {
    ...(isOurs ? redactFields(fieldsOf(thrown), depth) : code !== undefined && { code }),
    type: thrown.constructor.name || thrown.name,
    message: thrown.message,
    stack: thrown.stack ?? '',
    ...(cause !== undefined && depth < deepestLevel && { cause: describeError(cause, depth + 1) }),
    ...(thrown instanceof AggregateError &&
      depth < deepestLevel && { errors: thrown.errors.map((inner) => describeError(inner, depth + 1)) }),
  };
};

const describedAlready = new Set(['name', 'message', 'stack', 'cause', 'errors']);

const fieldsOf = (error: Error): object =>
  Object.fromEntries(Object.entries(error).filter(([key]) => !describedAlready.has(key)));
