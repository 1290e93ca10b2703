/** `street_number` → `streetNumber`; leading underscores stay, so that `__typename` is left alone. */
export const camelName = (name: string): string =>
  name.includes('_') ? name.replace(/(?<=[^_])_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;
