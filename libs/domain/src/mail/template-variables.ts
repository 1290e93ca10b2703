export type Variables = Record<string, unknown>;

const isObject = (value: unknown): value is Variables =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Name of a variable as templates see it (email-and-mtt.md 2.4): `first_name` is `firstName`, `EPID` is `ePID`. */
export function camelCaseName(name: string): string {
  const [, leading = '', rest = ''] = /^(_*)(.*)$/su.exec(name) ?? [];
  return (
    leading +
    rest
      .replace(/_+$/u, '')
      .replace(/_+/gu, '_')
      .replace(/_(\p{Ll}|\d)/gu, (_, next: string) => next.toUpperCase())
      .replaceAll('/', '.')
      .replace(/^./su, (first) => first.toLowerCase())
  );
}

/** Keys in here keep their spelling where templates are rendered locally. */
const keepsSpelling = 'variant';

/** Names at every level, for templates rendered here. Of two that become the same the last one stays. */
export function camelCaseVariables(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      camelCaseName(name),
      name === keepsSpelling ? value : camelCaseValue(value),
    ]),
  );
}

function camelCaseValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCaseValue);
  return isObject(value) ? camelCaseVariables(value) : value;
}

/** One flat object, for templates of a provider: what is null is "", an empty object vanishes. Of two that become the
 *  same the last one stays. */
export function flattenVariables(variables: Variables): Variables {
  return Object.fromEntries(
    leavesOf(variables, []).map(([path, value]) => [camelCaseName(path.join('_')), value ?? '']),
  );
}

function leavesOf(variables: Variables, path: string[]): [string[], unknown][] {
  return Object.entries(variables).flatMap(([name, value]): [string[], unknown][] => {
    if (value === undefined) return [];
    return isObject(value) ? leavesOf(value, [...path, name]) : [[[...path, name], value]];
  });
}

/** All but `A-Za-z0-9-._~`; half a surrogate pair counts as U+FFFD. */
export const percentEncode = (text: string): string =>
  Array.from(Buffer.from(text), (byte) => {
    const letter = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

/** What utm_content says of the variant of a page: one name per word, each true. */
export const variantTokens = (content: string): Record<string, true> =>
  Object.fromEntries(
    content
      .split(/\s+/)
      .map((word) => word.replaceAll('-', '_').replace(/\W/g, ''))
      .filter((token) => token !== '')
      .map((token): [string, true] => [token, true]),
  );
