/** Keys from the top of the claims down; null is the first element of a list. */
export type ClaimPath = readonly (string | null)[];

/** `session.addresses.[].value`: dots separate levels, `[]` is the first element of a list. */
export const parseClaimPath = (text: string): ClaimPath =>
  text
    .replaceAll('[]', '.[].')
    .split('.')
    .filter((part) => part !== '')
    .map((part) => (part === '[]' ? null : part));

/** The value at the first path that has one; undefined at none. */
export const readClaim = (claims: object, paths: readonly ClaimPath[]): unknown => {
  for (const path of paths) {
    const value = path.reduce<unknown>(step, claims);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
};

const step = (value: unknown, key: string | null): unknown => {
  if (key === null) return Array.isArray(value) ? value[0] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
};
